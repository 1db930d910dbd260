package dev.counterfoil.hardening;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;

/**
 * Whether the control group or a packet filter lets a datagram of this process out to an address
 * that is nobody's (IPAddressDeny= of systemd.resource-control(5) does not). A system call filter
 * cannot see an address, and Landlock knows ports only, so this is looked at and not done here.
 */
final class OutboundProbe {
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOCK_DGRAM = 2;
  private static final int MSG_DONTWAIT = 0x40;

  /** The discard protocol's port. */
  private static final String PORT = "0009";

  /** struct sockaddr_in of 192.0.2.1, for documentation (RFC 5737), so no HSM's. */
  private static final String OUTSIDE_V4 = "0200" + PORT + "c0000201" + "00".repeat(8);

  /** Of this machine, and no service's: 127.99.99.99. */
  private static final String HERE_V4 = "0200" + PORT + "7f636363" + "00".repeat(8);

  /** struct sockaddr_in6 of 2001:db8::1, for documentation (RFC 3849). */
  private static final String OUTSIDE_V6 =
      "0a00" + PORT + "00000000" + "20010db8" + "00".repeat(11) + "01" + "00000000";

  /** ::1. */
  private static final String HERE_V6 =
      "0a00" + PORT + "00000000" + "00".repeat(15) + "01" + "00000000";

  private OutboundProbe() {}

  /** Whether it is seen that nothing gets out. What cannot be told is not. */
  static boolean isDenied(Kernel kernel) {
    return isDenied(send(kernel, AF_INET, OUTSIDE_V4), send(kernel, AF_INET, HERE_V4))
        && isDeniedOrOff(send(kernel, AF_INET6, OUTSIDE_V6), send(kernel, AF_INET6, HERE_V6));
  }

  /**
   * Decides by what two datagrams answered. EPERM alone is a denial. Where there is no way to the
   * outside now there may be one later: then the one to this machine itself has to be denied.
   *
   * @param outside answer of the kernel, the error as a negative number
   * @param here the same of a datagram to this machine
   */
  static boolean isDenied(long outside, long here) {
    return outside == -Kernel.EPERM || (outside == -Kernel.ENETUNREACH && here == -Kernel.EPERM);
  }

  /** The same for IPv6, which a machine need not have. */
  static boolean isDeniedOrOff(long outside, long here) {
    return isDenied(outside, here) || (isOff(outside) && isOff(here));
  }

  private static boolean isOff(long answer) {
    return answer == -Kernel.EAFNOSUPPORT
        || answer == -Kernel.EADDRNOTAVAIL
        || answer == -Kernel.ENETUNREACH;
  }

  private static long send(Kernel kernel, int family, String address) {
    long socket = kernel.call(SystemCall.SOCKET, family, SOCK_DGRAM, 0);
    if (socket < 0) {
      return socket;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment to =
          arena.allocateFrom(ValueLayout.JAVA_BYTE, HexFormat.of().parseHex(address));
      long connected = kernel.call(SystemCall.CONNECT, socket, to.address(), to.byteSize());
      return connected < 0
          ? connected
          : kernel.call(SystemCall.SENDTO, socket, 0, 0, MSG_DONTWAIT, 0);
    } finally {
      kernel.call(SystemCall.CLOSE, socket);
    }
  }
}
