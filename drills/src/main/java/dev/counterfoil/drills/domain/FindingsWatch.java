package dev.counterfoil.drills.domain;

import dev.counterfoil.format.bytes.Hash;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Waits for findings about certain tokens. */
public final class FindingsWatch {
  /**
   * Longest wait; a finding later than the two seconds that are promised shows as late, not as
   * missing.
   */
  public static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Duration LOOK_EVERY = Duration.ofMillis(50);

  private FindingsWatch() {}

  /** Findings about tokens of these digests, by digest; fewer when some do not come. */
  public static Map<Hash, SeenFinding> await(FindingsDesk desk, Set<Hash> digests)
      throws IOException, InterruptedException {
    return await(desk, digests, PATIENCE);
  }

  /** The same with more patience, or less. */
  public static Map<Hash, SeenFinding> await(
      FindingsDesk desk, Set<Hash> digests, Duration patience)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    Map<Hash, SeenFinding> found = about(desk.findings(), digests);
    while (found.size() < digests.size() && System.nanoTime() < end) {
      Thread.sleep(LOOK_EVERY);
      found = about(desk.findings(), digests);
    }
    return found;
  }

  /** Whether a finding about a token of this identifier comes. */
  public static boolean comes(FindingsDesk desk, String tokenId)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!isThere(desk, tokenId)) {
      if (System.nanoTime() > end) {
        return false;
      }
      Thread.sleep(LOOK_EVERY);
    }
    return true;
  }

  /** Whether there is a finding about a token of this identifier now. */
  public static boolean isThere(FindingsDesk desk, String tokenId)
      throws IOException, InterruptedException {
    return desk.findings().stream()
        .anyMatch(finding -> finding.tokenId().filter(tokenId::equals).isPresent());
  }

  /** The first finding about each. */
  public static Map<Hash, SeenFinding> about(List<SeenFinding> findings, Set<Hash> digests) {
    Map<Hash, SeenFinding> found = new LinkedHashMap<>();
    for (SeenFinding finding : findings) {
      finding
          .digest()
          .filter(digests::contains)
          .ifPresent(digest -> found.putIfAbsent(digest, finding));
    }
    return found;
  }
}
