package dev.counterfoil.monitor.attached;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.FindingStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Explains findings of tokens that their issuer released before it handed the digest in, as it may
 * while the record door is away. A digest that came later is the issuer's word that the token is
 * its own: a thief of the source's credential could give it, so that the finding stays, explained.
 */
final class LateDigests {
  /** Findings that are older wait for no digest. */
  private static final Duration WAITED_FOR = Duration.ofDays(1);

  /** Most findings of a key that a look takes; the next one goes on behind them. */
  static final int LOOKED_MAX = 20;

  private final FindingStore findings;
  private final InstantSource clock;

  /** Where the last look at a key ended: forgeries that nobody records hide no later finding. */
  private final Map<String, Long> lookedTo = new HashMap<>();

  LateDigests(FindingStore findings, InstantSource clock) {
    this.findings = findings;
    this.clock = clock;
  }

  /** The record logs of a domain. */
  @FunctionalInterface
  interface RecordLogs {
    /** Where one of the named logs has a digest. */
    Optional<TokenId> find(Hash digest, Predicate<String> logs);
  }

  /** Looks once at the open findings of keys whose tokens other issuers compose. */
  void look(KeySet keys, RecordLogs recorded) {
    for (KeyStatement key : keys.keys()) {
      if (key.record() instanceof RecordForm.Digest form) {
        look(key, form, recorded);
      }
    }
  }

  private void look(KeyStatement key, RecordForm.Digest form, RecordLogs recorded) {
    String turn = key.domain() + " " + key.kid();
    FindingStore.Query query =
        new FindingStore.Query(
            lookedTo.getOrDefault(turn, 0L),
            Optional.of(clock.instant().minus(WAITED_FOR)),
            Optional.of(Kind.FORGED_TOKEN),
            Optional.empty(),
            Optional.of(key.kid()),
            Optional.of(key.domain()),
            FindingStore.PAGE_MAX);
    List<FindingStore.Kept> page = findings.list(query);
    List<FindingStore.Kept> open =
        page.stream()
            .filter(one -> "open".equals(one.json().get("state")))
            .limit(LOOKED_MAX)
            .toList();
    if (open.size() == LOOKED_MAX) {
      lookedTo.put(turn, open.getLast().id());
    } else if (page.size() == FindingStore.PAGE_MAX) {
      lookedTo.put(turn, page.getLast().id());
    } else {
      lookedTo.remove(turn);
    }
    open.stream()
        .filter(one -> digest(one).flatMap(late -> recorded.find(late, form::covers)).isPresent())
        .forEach(
            one ->
                findings.explain(
                    one.id(),
                    "its issuer handed the digest in later, so it released the token before."));
  }

  private static Optional<Hash> digest(FindingStore.Kept finding) {
    try {
      return finding.json().get("digest") instanceof String text
          ? Optional.of(Hash.parseBase64Url(text))
          : Optional.empty();
    } catch (FormatException e) {
      throw new IllegalStateException("a finding's digest is none", e);
    }
  }
}
