package dev.counterfoil.format.root;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.NoteKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One version of a root: whose keys delegate, and how many of them it takes. Modelled on the root
 * role of The Update Framework (docs/decisions/the-root.md).
 *
 * @param version counts from 1
 * @param keys the holders' Ed25519 keys; a key's name is its holder
 * @param threshold how many of them must sign a delegation
 * @param issued when it was made, by the clock of the ceremony
 * @param expires from when on no window of a delegation begins
 * @param previous hash of the version before; none for the first
 */
public record RootMetadata(
    long version,
    List<NoteKey> keys,
    int threshold,
    Instant issued,
    Instant expires,
    Optional<Hash> previous) {
  /** The JWS type. */
  public static final String TYPE = "counterfoil-root+json";

  /** Most keys. */
  public static final int KEYS_MAX = 16;

  /** Longest holder's name, in characters: 16 of them fit into an entry of the key log. */
  public static final int HOLDER_LENGTH_MAX = 64;

  /** Longest time between issued and expires. */
  public static final Duration LIFE_MAX = Duration.ofDays(3653);

  public RootMetadata {
    keys = List.copyOf(keys);
    Set<String> holders = new HashSet<>();
    Set<Hash> publicKeys = new HashSet<>();
    for (NoteKey key : keys) {
      if (!holders.add(key.name()) || !publicKeys.add(key.publicKey())) {
        throw new IllegalArgumentException("a root's keys and their holders differ");
      }
      if (key.name().length() > HOLDER_LENGTH_MAX) {
        throw new IllegalArgumentException(
            "a holder's name has at most " + HOLDER_LENGTH_MAX + " characters");
      }
    }
    if (keys.isEmpty() || keys.size() > KEYS_MAX || threshold < 1 || threshold > keys.size()) {
      throw new IllegalArgumentException(
          "a root has 1 to " + KEYS_MAX + " keys, and a threshold of at most as many");
    }
    if (!issued.isBefore(expires) || Duration.between(issued, expires).compareTo(LIFE_MAX) > 0) {
      throw new IllegalArgumentException("a root expires within 10 years of its issue");
    }
    if (version < 1 || (version == 1) != previous.isEmpty()) {
      throw new IllegalArgumentException("every version but the first names the one before");
    }
  }

  /** The first version of a root. */
  public static RootMetadata first(
      List<NoteKey> keys, int threshold, Instant issued, Instant expires) {
    return new RootMetadata(1, keys, threshold, issued, expires, Optional.empty());
  }

  /** The version after this one. */
  public RootMetadata next(List<NoteKey> keys, int threshold, Instant issued, Instant expires) {
    return new RootMetadata(version + 1, keys, threshold, issued, expires, Optional.of(hash()));
  }

  /** SHA-256 of the signed bytes. */
  public Hash hash() {
    return Hash.sha256(toJson().canonicalBytes());
  }

  /** What a policy pins it by. */
  public RootPin pin() {
    return new RootPin(version, hash());
  }

  /** The keys as signatures name them. */
  public List<PublicJwk> jwks() {
    return keys.stream().<PublicJwk>map(key -> PublicJwk.ed25519(key.publicKey())).toList();
  }

  /** Whose key one is. */
  public Optional<NoteKey> key(String kid) {
    return keys.stream()
        .filter(key -> PublicJwk.ed25519(key.publicKey()).thumbprint().equals(kid))
        .findFirst();
  }

  /** It, to be signed. */
  public JointStatement unsigned() {
    return JointStatement.unsigned(TYPE, toJson());
  }

  /** The keys of this version and of the one before: whoever may sign it. */
  public List<PublicJwk> mayBeSignedBy(Optional<RootMetadata> before) {
    Set<PublicJwk> all = new LinkedHashSet<>(jwks());
    before.ifPresent(earlier -> all.addAll(earlier.jwks()));
    return new ArrayList<>(all);
  }

  /**
   * Reads a version and checks who signed it.
   *
   * <p>Enough of its own keys must have signed, since a root that cannot sign could never be
   * replaced; and, after a version before, enough of that one's (TUF 5.3.4). That the one before
   * has expired does not matter: else a root that was forgotten could be replaced by a new policy
   * for every verifier only.
   *
   * @param before the version before; none for the first
   */
  public static RootMetadata verify(JointStatement signed, Optional<RootMetadata> before)
      throws FormatException {
    RootMetadata root = parse(signed);
    root.requireAfter(before);
    List<PublicJwk> signers = signed.signers(root.mayBeSignedBy(before));
    if (before.isPresent() && count(signers, before.get()) < before.get().threshold()) {
      throw new FormatException("too few keys of the root before signed the new one");
    }
    if (count(signers, root) < root.threshold()) {
      throw new FormatException("too few keys of the root signed it");
    }
    return root;
  }

  private static long count(List<PublicJwk> signers, RootMetadata root) {
    return signers.stream().filter(root.jwks()::contains).count();
  }

  /** Checks that this version follows another. */
  public void requireAfter(Optional<RootMetadata> before) throws FormatException {
    if (version != before.map(RootMetadata::version).orElse(0L) + 1) {
      throw new FormatException("root's version is not the next one");
    }
    if (!previous.equals(before.map(RootMetadata::hash))) {
      throw new FormatException("root names another version before it");
    }
  }

  /** Checks that enough of this root's keys signed something, and nobody else. */
  public void requireThreshold(JointStatement signed) throws FormatException {
    if (signed.signers(jwks()).size() < threshold) {
      throw new FormatException("too few keys of the root signed it");
    }
  }

  /** What is signed. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("v", 1)
        .put("version", version)
        .put("keys", keys.stream().map(NoteKey::toString).toList())
        .put("threshold", threshold)
        .put("issued", issued.getEpochSecond())
        .put("expires", expires.getEpochSecond())
        .put("previous", previous.map(Hash::hex).orElse(null))
        .build();
  }

  /** Reads a version before anybody asks who signed it. */
  public static RootMetadata parse(JointStatement signed) throws FormatException {
    JsonObject json = signed.unverified();
    json.allowOnly("v", "version", "keys", "threshold", "issued", "expires", "previous");
    KeyStatement.requireVersion(json);
    List<String> vkeys = json.strings("keys");
    if (vkeys.size() > KEYS_MAX) {
      throw new FormatException("a root has at most " + KEYS_MAX + " keys");
    }
    List<NoteKey> keys = new ArrayList<>();
    for (String vkey : vkeys) {
      keys.add(NoteKey.parse(vkey));
    }
    long version = json.number("version");
    long threshold = json.number("threshold");
    RootMetadata root;
    Optional<Hash> previous =
        json.has("previous")
            ? Optional.of(Hash.parseHex(json.string("previous")))
            : Optional.empty();
    try {
      root =
          new RootMetadata(
              version,
              keys,
              Math.toIntExact(threshold),
              KeyStatement.instant(json, "issued"),
              KeyStatement.instant(json, "expires"),
              previous);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new FormatException("root: " + e.getMessage(), e);
    }
    signed.requireCanonical();
    return root;
  }
}
