#pragma once

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <microhttpd.h>

/// `MHD_get_connection_info` under a prototype without the C ellipsis, which Swift cannot call. The library reads none of
/// the further arguments for the two kinds of information that we ask for, and on Linux (x86-64 and arm64) named
/// arguments travel in the same registers either way. A declaration only: the symbol is the library's own.
extern const union MHD_ConnectionInfo *offboard_connection_info(struct MHD_Connection *connection,
                                                                enum MHD_ConnectionInfoType kind)
    __asm__("MHD_get_connection_info");
