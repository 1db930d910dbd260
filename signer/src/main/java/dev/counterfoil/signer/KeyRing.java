package dev.counterfoil.signer;

import dev.counterfoil.format.KeyStatement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The keys of a generation and which of them signs: a pure function of the ring and the clock. One
 * key follows another without a gap: the next begins where its predecessor ends, and is prepared
 * and stated half a usage period ahead, so that every verifier has it before its first token.
 *
 * @param keys those whose private half is held, by the start of their active windows
 * @param stated kids that stand in the signed key set
 * @param setAside kids that sign no more before their end: withdrawn, revoked, or of another scope
 *     than the configuration has now
 */
record KeyRing(List<TokenKey> keys, Set<String> stated, Set<String> setAside) {
  /** How long after its end a private half waits for tokens that were recorded before it. */
  static final Duration RETIRE_AFTER = Duration.ofSeconds(60);

  /** Clocks of verifiers may differ by so much. */
  static final Duration SKEW = Duration.ofSeconds(60);

  KeyRing {
    keys = List.copyOf(keys);
    stated = Set.copyOf(stated);
    setAside = Set.copyOf(setAside);
  }

  static KeyRing empty() {
    return new KeyRing(List.of(), Set.of(), Set.of());
  }

  /**
   * When a key signs.
   *
   * @param from first second
   * @param until end, exclusive
   */
  record Window(Instant from, Instant until) {}

  /** The key that signs at an instant: stated, not set aside, and in its window. */
  Optional<TokenKey> activeAt(Instant instant) {
    for (int i = keys.size() - 1; i >= 0; i--) {
      TokenKey key = keys.get(i);
      if (!instant.isBefore(key.statement().activeFrom())
          && instant.isBefore(key.statement().activeUntil())
          && stated.contains(key.kid())
          && !setAside.contains(key.kid())) {
        return Optional.of(key);
      }
    }
    return Optional.empty();
  }

  /** The window of a key that should be prepared now; empty while none is due. */
  Optional<Window> due(Instant now, Duration usagePeriod) {
    boolean covered = false;
    Instant end = now;
    for (TokenKey key : keys) {
      KeyStatement statement = key.statement();
      if (!setAside.contains(key.kid()) && now.isBefore(statement.activeUntil())) {
        covered |= !now.isBefore(statement.activeFrom());
        end = end.isBefore(statement.activeUntil()) ? statement.activeUntil() : end;
      }
    }
    if (!covered) {
      // The first key, or the signer was down over the end, or the active key was taken back.
      Instant from = now.truncatedTo(ChronoUnit.SECONDS);
      return Optional.of(new Window(from, from.plus(usagePeriod)));
    }
    return now.isBefore(end.minus(usagePeriod.dividedBy(2)))
        ? Optional.empty()
        : Optional.of(new Window(end, end.plus(usagePeriod)));
  }

  /** Keys whose private half is to be destroyed now. */
  List<TokenKey> retired(Instant now) {
    return keys.stream()
        .filter(key -> !now.isBefore(key.statement().activeUntil().plus(RETIRE_AFTER)))
        .toList();
  }

  /** Keys that wait to be stated; one that is set aside signs no more, so nobody waits for it. */
  List<TokenKey> unstated() {
    return keys.stream()
        .filter(key -> !stated.contains(key.kid()))
        .filter(key -> !setAside.contains(key.kid()))
        .toList();
  }

  KeyRing with(TokenKey key) {
    List<TokenKey> more = new ArrayList<>(keys);
    more.add(key);
    more.sort((a, b) -> a.statement().activeFrom().compareTo(b.statement().activeFrom()));
    return new KeyRing(more, stated, setAside);
  }

  KeyRing without(TokenKey key) {
    return new KeyRing(keys.stream().filter(other -> other != key).toList(), stated, setAside);
  }

  KeyRing withStated(String kid) {
    Set<String> more = new HashSet<>(stated);
    more.add(kid);
    return new KeyRing(keys, more, setAside);
  }

  KeyRing withSetAside(Collection<String> kids) {
    Set<String> more = new HashSet<>(setAside);
    more.addAll(kids);
    return new KeyRing(keys, stated, more);
  }
}
