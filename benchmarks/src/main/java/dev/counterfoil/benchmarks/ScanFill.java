package dev.counterfoil.benchmarks;

import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A JVM whose memory is dumped: maps of small objects and text, tokens, and a tenth of bytes that
 * are as random as what is encrypted or compressed. Waits when it is full.
 */
final class ScanFill {
  private static final int RANDOM_SHARE = 10;
  private static final int BLOCK = 1 << 20;

  private ScanFill() {}

  public static void main(String[] arguments) throws InterruptedException {
    Random random = new Random(4);
    List<Object> kept = new ArrayList<>();
    Runtime runtime = Runtime.getRuntime();
    long full = runtime.maxMemory() / 10 * 6;
    for (int round = 0; runtime.totalMemory() - runtime.freeMemory() < full; round++) {
      byte[] block = new byte[BLOCK];
      random.nextBytes(block);
      kept.add(block);
      Map<String, Object> people = new HashMap<>();
      for (int i = 0; i < BLOCK * RANDOM_SHARE / 500; i++) {
        people.put(
            "user-" + round + "-" + i + "@example.com",
            List.of(
                i, "{\"iss\":\"https://login.example/\",\"iat\":" + i + "}", random.nextDouble()));
      }
      kept.add(people);
      for (int i = 0; i < 200; i++) {
        byte[] signature = new byte[64];
        random.nextBytes(signature);
        kept.add("eyJhbGciOiJFUzI1NiJ9." + Base64.getUrlEncoder().encodeToString(signature));
      }
    }
    System.out.println("full " + kept.size());
    Thread.sleep(Long.MAX_VALUE);
  }
}
