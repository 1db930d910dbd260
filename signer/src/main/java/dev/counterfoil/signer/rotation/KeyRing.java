package dev.counterfoil.signer.rotation;

import dev.counterfoil.format.keys.KeyStatement.Ring;
import dev.counterfoil.format.keys.PublicJwk.Algorithm;
import dev.counterfoil.process.settings.Purpose;
import dev.counterfoil.signerprotocol.IssueRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The keys of a generation and which of them signs: a pure function of the keys and the clock. Keys
 * of one purpose and algorithm follow each other, the higher number after the lower.
 *
 * @param keys those whose private half is held, by their numbers
 * @param stated kids that stand in the key log
 * @param setAside kids that sign no more before their end, since they were taken back, their ring
 *     was configured away, or the delegation does not cover them, and when that was noticed
 * @param retired kids whose end stands in the key log
 * @param pause while the keys do not change
 */
public record KeyRing(
    List<TokenKey> keys,
    Set<String> stated,
    Map<String, Instant> setAside,
    Set<String> retired,
    Optional<Pause> pause) {

  public KeyRing {
    keys = List.copyOf(keys);
    stated = Set.copyOf(stated);
    setAside = Map.copyOf(setAside);
    retired = Set.copyOf(retired);
  }

  public static KeyRing empty() {
    return new KeyRing(List.of(), Set.of(), Map.of(), Set.of(), Optional.empty());
  }

  /**
   * When a key signs.
   *
   * @param from first second
   * @param until end, exclusive
   */
  record Window(Instant from, Instant until) {}

  /**
   * An operator's wish that the keys do not change. It ends by itself, and no key signs a second
   * longer for it than its statement says.
   *
   * @param since from when on
   * @param until end, exclusive
   */
  public record Pause(Instant since, Instant until) {
    public boolean holdsAt(Instant instant) {
      return !instant.isBefore(since) && instant.isBefore(until);
    }
  }

  /** Whether the keys do not change at an instant. */
  boolean isPausedAt(Instant instant) {
    return pause.filter(p -> p.holdsAt(instant)).isPresent();
  }

  /**
   * The key of a ring that signs at an instant: the newest that is stated, in its window, neither
   * set aside nor retired. During a pause the newest of those that had begun before it.
   */
  public Optional<TokenKey> activeAt(Ring ring, Instant instant) {
    TokenKey newest = null;
    TokenKey beforePause = null;
    for (TokenKey key : keys) {
      if (key.ring().equals(ring) && isUsableAt(key, instant)) {
        newest = key;
        if (pause.isPresent() && !key.statement().activeFrom().isAfter(pause.get().since())) {
          beforePause = key;
        }
      }
    }
    return Optional.ofNullable(beforePause != null && isPausedAt(instant) ? beforePause : newest);
  }

  private boolean isUsableAt(TokenKey key, Instant instant) {
    return !instant.isBefore(key.statement().activeFrom())
        && instant.isBefore(key.statement().activeUntil())
        && stated.contains(key.kid())
        && !setAside.containsKey(key.kid())
        && !retired.contains(key.kid());
  }

  /** Some key that signs at an instant. */
  public Optional<TokenKey> anyActiveAt(Instant instant) {
    return keys.stream()
        .map(TokenKey::ring)
        .distinct()
        .flatMap(ring -> activeAt(ring, instant).stream())
        .findFirst();
  }

  /** The stated key that signs next, where it does not yet. */
  Optional<TokenKey> nextStated(Instant now) {
    return keys.stream()
        .filter(key -> now.isBefore(key.statement().activeFrom()))
        .filter(key -> isUsableAt(key, key.statement().activeFrom()))
        .min(Comparator.comparing(key -> key.statement().activeFrom()));
  }

  /** The keys of a ring whose window has not ended, and that nothing ended before. */
  List<TokenKey> unended(Ring ring, Instant now) {
    return keys.stream()
        .filter(key -> key.ring().equals(ring))
        .filter(key -> now.isBefore(key.statement().activeUntil()))
        .filter(key -> !setAside.containsKey(key.kid()) && !retired.contains(key.kid()))
        .toList();
  }

  public KeyRing with(TokenKey key) {
    List<TokenKey> more = new ArrayList<>(keys);
    more.add(key);
    more.sort(Comparator.comparingInt(TokenKey::number));
    return new KeyRing(more, stated, setAside, retired, pause);
  }

  KeyRing without(TokenKey key) {
    return new KeyRing(
        keys.stream().filter(other -> other != key).toList(), stated, setAside, retired, pause);
  }

  KeyRing withStated(Collection<String> kids) {
    return new KeyRing(keys, kept(stated, kids), setAside, retired, pause);
  }

  KeyRing withRetired(Collection<String> kids) {
    return new KeyRing(keys, stated, setAside, kept(retired, kids), pause);
  }

  KeyRing withSetAside(Collection<String> kids, Instant noticed) {
    Map<String, Instant> more = new HashMap<>(setAside);
    kids.forEach(kid -> more.putIfAbsent(kid, noticed));
    return new KeyRing(keys, stated, more, retired, pause);
  }

  KeyRing withPause(Optional<Pause> newPause) {
    return new KeyRing(keys, stated, setAside, retired, newPause);
  }

  private static Set<String> kept(Set<String> known, Collection<String> more) {
    Set<String> all = new HashSet<>(known);
    all.addAll(more);
    return all;
  }

  /**
   * The key that signs what is requested: of the algorithm that it names, or else of the first that
   * has an active key, so that an algorithm that was added takes over once its key is known.
   */
  public Optional<TokenKey> active(Purpose purpose, IssueRequest request, Instant now) {
    String wanted = request.algorithm();
    for (Algorithm algorithm : purpose.algorithms()) {
      if (wanted == null || algorithm.jose().equals(wanted)) {
        Optional<TokenKey> active = activeAt(new Ring(purpose.name(), algorithm), now);
        if (active.isPresent()) {
          return active;
        }
      }
    }
    return Optional.empty();
  }
}
