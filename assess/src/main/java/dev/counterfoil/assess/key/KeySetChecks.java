package dev.counterfoil.assess.key;

import dev.counterfoil.assess.fetch.Fetcher;
import dev.counterfoil.assess.fetch.Printable;
import dev.counterfoil.assess.finding.AssessmentFindings;
import dev.counterfoil.assess.finding.KeyFinding;
import dev.counterfoil.format.weakkeys.WeakRsa;
import java.math.BigInteger;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Judges a key set as a whole: how many keys, their names, and how long caches may hold it. */
public final class KeySetChecks {
  /**
   * The previous, the active and the next key, and one to spare for two rotations close together.
   */
  private static final int SIGNING_KEYS_ENOUGH = 4;

  private static final Duration CACHE_MAXIMUM = Duration.ofDays(1);

  private final PublishedKeySet set;
  private final AssessmentFindings findings;
  private final String where;

  public KeySetChecks(PublishedKeySet set, AssessmentFindings findings) {
    this.set = set;
    this.findings = findings;
    this.where = Printable.of(set.address().toString());
  }

  /** For the set that an issuer names. */
  public void runForIssuer() {
    checkSuccessors();
    runForDeployed();
    if (Fetcher.isHttp(set.address())) {
      checkCaching();
    }
  }

  /**
   * For a set that a service loads: whether a successor is announced there is for the issuer's set
   * to say.
   */
  public void runForDeployed() {
    checkCount();
    checkKids();
    checkSharedFactors();
  }

  private void checkCount() {
    if (set.keysNotRead() > 0) {
      findings.add(
          KeyFinding.JWKS_CUT, where + ": " + set.keysNotRead() + " more keys than the limit");
    }
    List<PublishedKey> signing = readableSigningKeys();
    if (signing.isEmpty()) {
      findings.add(
          KeyFinding.JWKS_EMPTY,
          where + " has " + set.keys().size() + " entries, none of them a signing key");
      return;
    }
    Map<String, Long> byType =
        signing.stream()
            .collect(
                Collectors.groupingBy(PublishedKey::type, TreeMap::new, Collectors.counting()));
    byType.forEach(
        (type, count) -> {
          if (count > SIGNING_KEYS_ENOUGH) {
            findings.add(
                KeyFinding.KEYS_MANY,
                where + " has " + count + " signing keys of type " + Printable.of(type));
          }
        });
  }

  private void checkSuccessors() {
    Map<String, List<PublishedKey>> byPurpose =
        readableSigningKeys().stream()
            .collect(
                Collectors.groupingBy(KeySetChecks::purpose, TreeMap::new, Collectors.toList()));
    byPurpose.forEach(
        (purpose, keys) -> {
          if (keys.size() == 1) {
            findings.add(
                KeyFinding.KEY_SINGLE,
                where
                    + " has one key for "
                    + purpose
                    + ", "
                    + keys.getFirst().name()
                    + cacheClause());
          }
        });
  }

  private List<PublishedKey> readableSigningKeys() {
    return set.signingKeys().stream().filter(key -> key.publicMaterial().isPresent()).toList();
  }

  private static String purpose(PublishedKey key) {
    return Printable.of(
        key.algorithm()
            .orElseGet(
                () ->
                    key.publicMaterial()
                        .map(PublishedKey.Material.Public::description)
                        .orElse("")));
  }

  private String cacheClause() {
    OptionalLong seconds = maxAge(set);
    return seconds.isPresent() && seconds.getAsLong() > 0
        ? "; caches may go on for " + seconds.getAsLong() + " s without seeing its successor"
        : "";
  }

  private void checkKids() {
    Map<String, List<PublishedKey>> byKid =
        set.keys().stream()
            .filter(key -> key.kid().isPresent())
            .collect(
                Collectors.groupingBy(
                    key -> key.kid().orElseThrow(), TreeMap::new, Collectors.toList()));
    byKid.forEach(
        (kid, keys) -> {
          long different = keys.stream().map(PublishedKey::material).distinct().count();
          if (different > 1) {
            findings.add(
                KeyFinding.KID_DUPLICATE,
                Printable.of(kid) + " stands for " + different + " keys in " + where);
          }
        });
  }

  private void checkSharedFactors() {
    List<BigInteger> seen = new ArrayList<>();
    List<PublishedKey> seenKeys = new ArrayList<>();
    for (PublishedKey key : set.keys()) {
      Optional<RSAPublicKey> rsa = key.rsa();
      if (rsa.isEmpty()) {
        continue;
      }
      BigInteger modulus = rsa.get().getModulus();
      for (int i = 0; i < seen.size(); i++) {
        if (WeakRsa.sharesFactor(modulus, List.of(seen.get(i)))) {
          findings.add(
              KeyFinding.RSA_SHARED_FACTOR, set.name(seenKeys.get(i)) + " and " + key.name());
        }
      }
      seen.add(modulus);
      seenKeys.add(key);
    }
  }

  private void checkCaching() {
    List<String> directives = directives(set);
    OptionalLong maxAge = maxAge(set);
    if (directives.contains("no-store")
        || directives.contains("no-cache")
        || (maxAge.isPresent() && maxAge.getAsLong() == 0)) {
      findings.add(
          KeyFinding.CACHE_REFUSED,
          where + " is served with Cache-Control: " + Printable.of(String.join(", ", directives)));
    } else if (maxAge.isPresent()) {
      checkAge(maxAge.getAsLong());
    } else if (set.headers().firstValue("expires").isEmpty()) {
      findings.add(
          KeyFinding.CACHE_UNSTATED, where + " is served without Cache-Control and Expires");
    }
    if (set.headers().firstValue("etag").isEmpty()
        && set.headers().firstValue("last-modified").isEmpty()) {
      findings.add(KeyFinding.CACHE_VALIDATOR_MISSING, where);
    }
  }

  private void checkAge(long maxAge) {
    if (maxAge > CACHE_MAXIMUM.toSeconds()) {
      findings.add(
          KeyFinding.CACHE_TOO_LONG,
          where + " may be kept for " + maxAge + " s (" + maxAge / 3600 + " hours)");
    }
    set.headers()
        .firstValue("age")
        .map(KeySetChecks::seconds)
        .filter(age -> age.isPresent() && age.getAsLong() > maxAge)
        .ifPresent(
            age ->
                findings.add(
                    KeyFinding.CACHE_STALE,
                    where + " is " + age.getAsLong() + " s old, max-age is " + maxAge));
  }

  /** How many seconds a cache may hold the set: the larger of max-age and s-maxage, as stated. */
  public static OptionalLong maxAge(PublishedKeySet set) {
    return directives(set).stream()
        .filter(directive -> directive.startsWith("max-age=") || directive.startsWith("s-maxage="))
        .map(
            directive -> seconds(directive.substring(directive.indexOf('=') + 1).replace("\"", "")))
        .flatMapToLong(OptionalLong::stream)
        .max();
  }

  private static List<String> directives(PublishedKeySet set) {
    return set.headers().allValues("cache-control").stream()
        .flatMap(value -> List.of(value.toLowerCase(Locale.ROOT).split(",")).stream())
        .map(String::strip)
        .filter(directive -> !directive.isEmpty())
        .toList();
  }

  /** Delta-seconds (RFC 9111 section 1.2.2); empty when it is no such number. */
  private static OptionalLong seconds(String text) {
    String stripped = text.strip();
    return stripped.matches("[0-9]{1,15}")
        ? OptionalLong.of(Long.parseLong(stripped))
        : OptionalLong.empty();
  }
}
