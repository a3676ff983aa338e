/* What people are told a net is called: always something, and always printable (base/text.h). */
#ifndef OPS_NET_CALLED_H
#define OPS_NET_CALLED_H

#include "latcast/net.h"

/* What a net is, whatever its name: "conv2d 3x3 16>96 32x32", "a net of fbnet", "a net of 12
 * operators". In buf[size]; returns buf. */
const char *lc__net_described(const lc_net *net, char *buf, size_t size);

/* Its name, and where it has none what it is. */
const char *lc__net_called(const lc_net *net, char *buf, size_t size);

#endif
