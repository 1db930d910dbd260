package dev.counterfoil.scan.finding;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What was found in one place. The same key in the same spot counts once, however many windows show
 * it; a key in general that lies inside another (PKCS#1 in PKCS#8 in PEM) is told as the outermost.
 */
public final class ScanFindings {
  /** Findings that are told one by one; the others are counted. */
  public static final int TOLD_MAX = 1000;

  private final ScanPlace place;
  private final List<ScanFinding> told = new ArrayList<>();
  private final Set<Spot> spots = new HashSet<>();
  private long count;
  private long coveredFrom;
  private long coveredUntil = -1;

  private record Spot(String what, Optional<String> kid, long offset) {}

  public ScanFindings(ScanPlace place) {
    this.place = place;
  }

  /**
   * A private key of anybody.
   *
   * @param from where it begins
   * @param until where it ends, exclusive
   */
  public void general(String what, Trail trail, int from, int until) {
    long begins = trail.offset(from);
    if (begins >= coveredFrom && begins < coveredUntil) {
      return;
    }
    coveredFrom = begins;
    coveredUntil = trail.offset(Math.max(from, until - 1)) + 1;
    add(
        new ScanFinding(
            what, Optional.empty(), Optional.empty(), trail.encodings(), place, begins));
  }

  /** A key of ours. */
  public void ours(String what, String kid, Optional<Layout> layout, Trail trail, int from) {
    add(
        new ScanFinding(
            what, Optional.of(kid), layout, trail.encodings(), place, trail.offset(from)));
  }

  private void add(ScanFinding finding) {
    if (spots.size() >= TOLD_MAX) {
      count++;
    } else if (spots.add(new Spot(finding.what(), finding.kid(), finding.offset()))) {
      count++;
      told.add(finding);
    }
  }

  public List<ScanFinding> told() {
    return List.copyOf(told);
  }

  /** All of them, also those that are not told; those beyond the told ones may be counted twice. */
  public long count() {
    return count;
  }
}
