#pragma once

// The library's header would include the system's socket headers, and Swift would then take their declarations now for
// this module's, now for Glibc's. So it is told that a platform header did so, and given the little that it needs.
#define MHD_PLATFORM_H 1
#include <stdarg.h>
#include <stdint.h>
#include <sys/types.h>
struct sockaddr;
typedef unsigned int socklen_t;
#include <microhttpd.h>

/// `MHD_get_connection_info` under a prototype without the C ellipsis, which Swift cannot call. The library reads none
/// of the further arguments for the kinds of information that we ask for, and on Linux (x86-64 and arm64) named
/// arguments travel in the same registers either way. A declaration only: the symbol is the library's own.
extern const union MHD_ConnectionInfo *offboard_connection_info(struct MHD_Connection *connection,
                                                                enum MHD_ConnectionInfoType kind)
    __asm__("MHD_get_connection_info");
