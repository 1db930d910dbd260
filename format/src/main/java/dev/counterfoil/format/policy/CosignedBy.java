package dev.counterfoil.format.policy;

import dev.counterfoil.format.note.Cosignature;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Who of a policy's witnesses cosigned a checkpoint, and whether they are its quorum. A bad line
 * counts as none: a witness that lies takes away its own voice only.
 *
 * @param entries one for each witness that cosigned
 * @param quorum whether they are a quorum
 * @param quorumTimestamp the latest time such that cosignatures of a quorum are not older; what an
 *     old cosignature beside them says does not make the checkpoint older
 */
public record CosignedBy(List<Entry> entries, boolean quorum, OptionalLong quorumTimestamp) {
  /** A witness and its newest cosignature. */
  public record Entry(LogPolicy.Witness witness, Cosignature cosignature) {}

  public CosignedBy {
    entries = List.copyOf(entries);
  }

  static CosignedBy of(LogPolicy policy, List<Entry> entries) {
    List<Entry> newestFirst =
        entries.stream()
            .sorted(Comparator.comparingLong((Entry e) -> e.cosignature().timestamp()).reversed())
            .toList();
    OptionalLong timestamp = OptionalLong.empty();
    for (int count = 1; count <= newestFirst.size() && timestamp.isEmpty(); count++) {
      Set<String> names = names(newestFirst.subList(0, count));
      if (policy.isQuorum(names::contains)) {
        timestamp = OptionalLong.of(newestFirst.get(count - 1).cosignature().timestamp());
      }
    }
    return new CosignedBy(entries, policy.isQuorum(names(entries)::contains), timestamp);
  }

  private static Set<String> names(List<Entry> entries) {
    return entries.stream().map(entry -> entry.witness().name()).collect(Collectors.toSet());
  }

  /** What the policy calls the witnesses that cosigned. */
  public Set<String> names() {
    return names(entries);
  }
}
