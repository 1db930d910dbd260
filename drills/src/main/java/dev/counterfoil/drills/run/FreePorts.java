package dev.counterfoil.drills.run;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/**
 * Ports of this machine that were free a moment ago, for programs that have to be told a number.
 * None is of those that the kernel gives to whoever asks for any port or connects: until such a
 * program listens, and whenever it starts again, another would have it.
 */
public final class FreePorts {
  /** Below are ports that people give to services. */
  private static final int FIRST = 15_000;

  /** Where the kernel's own begin, unless somebody has set it. */
  private static final int KERNELS_FIRST = 32_768;

  private static final Path KERNELS_RANGE = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
  private static final int TRIES_MAX = 1_000;

  /** A port that was just given away still looks free until its new owner listens. */
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private FreePorts() {}

  /** So many free ports, none of which was given away before. */
  public static List<Integer> find(int count) throws IOException {
    int end = Math.max(kernelsFirst(), FIRST + TRIES_MAX);
    RandomGenerator random = RandomGenerator.getDefault();
    Set<Integer> found = new LinkedHashSet<>();
    for (int tries = 0; found.size() < count; tries++) {
      if (tries >= TRIES_MAX) {
        throw new IOException("no free port between " + FIRST + " and " + end);
      }
      int port = random.nextInt(FIRST, end);
      if (isFree(port) && GIVEN.add(port)) {
        found.add(port);
      }
    }
    return new ArrayList<>(found);
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      // Somebody listens there.
      return false;
    }
  }

  private static int kernelsFirst() {
    try {
      return Integer.parseInt(Files.readString(KERNELS_RANGE).strip().split("\\s+", -1)[0]);
    } catch (IOException | NumberFormatException e) {
      // Another system than Linux: near enough.
      return KERNELS_FIRST;
    }
  }
}
