package dev.counterfoil.operations.containment;

import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.signerprotocol.Commands;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A containment as the key log has it: how a log ended stands there by the word of whoever held its
 * signer.
 *
 * @param log short name of the log
 * @param size position from which its keys are revoked
 * @param kids its keys
 * @param at when the last of them was revoked, or the log ended
 */
public record FoundContainment(String log, long size, List<String> kids, Instant at) {
  /**
   * How long a containment counts as the answer to the same theft, where no log is named: after
   * that no token of before it is good any more.
   */
  public static final Duration SAME_WITHIN = Commands.SAME_REPLACEMENT_WITHIN;

  public FoundContainment {
    kids = List.copyOf(kids);
  }

  /**
   * The containment that a key set shows: of the log that is named, or else the last one of a
   * signer's, when it is no older than {@link #SAME_WITHIN}. A log that was replaced and whose keys
   * are not all revoked is one that was not finished; one that is named has its keys revoked from
   * its end on, whatever ended it. A log that goes on is never contained, though all keys that it
   * had were revoked: who fears for a signer wants another one.
   *
   * @param signer a log's name such as {@code s1g1}, a signer's such as {@code s1}, or any
   */
  public static Optional<FoundContainment> in(KeySet keys, Optional<String> signer, Instant now) {
    List<FoundContainment> found = new ArrayList<>();
    boolean isNamed = signer.isPresent() && keys.log(signer.get()).isPresent();
    for (KeySet.StatedLog log : keys.logs()) {
      Optional<String> of = signer.filter(name -> !name.equals(log.name()));
      if (of.isPresent() && !log.name().matches(Pattern.quote(of.get()) + "g[0-9]+")) {
        continue;
      }
      contained(keys, log.name(), isNamed).ifPresent(found::add);
    }
    return found.stream()
        .filter(one -> isNamed || now.isBefore(one.at().plus(SAME_WITHIN)))
        .max(Comparator.comparing(FoundContainment::at));
  }

  /**
   * A log's containment.
   *
   * @param whateverEndedIt whether one that ended as planned counts, too: whoever names it means
   *     its keys, which are gone from its signer, and not those that took over
   */
  private static Optional<FoundContainment> contained(
      KeySet keys, String log, boolean whateverEndedIt) {
    List<String> kids =
        keys.keys().stream()
            .filter(key -> key.log().equals(Optional.of(log)))
            .map(KeyStatement::kid)
            .toList();
    Optional<KeySet.EndedLog> ended =
        keys.endedLogs().stream()
            .filter(one -> one.log().equals(log))
            .filter(one -> whateverEndedIt || one.reason() == KeyLogEvent.EndReason.REPLACED)
            .findFirst();
    if (kids.isEmpty() || ended.isEmpty()) {
      return Optional.empty();
    }
    Instant at =
        Stream.concat(
                keys.revokedKeys().stream()
                    .filter(key -> kids.contains(key.kid()))
                    .map(KeySet.RevokedKey::at),
                Stream.of(ended.get().at()))
            .max(Comparator.naturalOrder())
            .orElseThrow();
    return Optional.of(new FoundContainment(log, ended.get().size(), kids, at));
  }
}
