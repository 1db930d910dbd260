package dev.counterfoil.format.root;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.note.NoteKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A canonical JSON object (RFC 8785) that several Ed25519 keys sign together: a JWS in the general
 * JSON serialization (RFC 7515 7.2.1), each signature with a protected header of exactly {@code
 * alg}, {@code kid} and {@code typ}. Whose signatures are needed is not said in it: the reader
 * knows. Immutable; one encoding for one set of signatures.
 */
public final class JointStatement {
  /** Most signatures: of the old and of the new keys of a root of {@link RootMetadata#KEYS_MAX}. */
  public static final int SIGNATURES_MAX = 2 * RootMetadata.KEYS_MAX;

  /** Longest payload accepted, in bytes: with all signatures it fits into an entry of a key log. */
  public static final int BYTES_MAX = 40 * 1024;

  private static final int HEADER_BYTES_MAX = 512;

  private final String type;
  private final JsonObject statement;
  private final String payload;

  /** Signatures by the thumbprints of their keys. */
  private final SortedMap<String, byte[]> signatures;

  private JointStatement(
      String type, JsonObject statement, String payload, SortedMap<String, byte[]> signatures) {
    this.type = type;
    this.statement = statement;
    this.payload = payload;
    this.signatures = signatures;
  }

  /** A statement that nobody has signed yet; the type keeps one kind from standing for another. */
  public static JointStatement unsigned(String type, JsonObject statement) {
    return new JointStatement(
        type, statement, Base64Url.encode(statement.canonicalBytes()), new TreeMap<>());
  }

  /** The same with a signature more; one that the key has made before is replaced. */
  public JointStatement signedBy(StatementSigner signer) throws GeneralSecurityException {
    SortedMap<String, byte[]> more = new TreeMap<>(signatures);
    more.put(signer.key().thumbprint(), signer.sign(input(signer.key().thumbprint())));
    return new JointStatement(type, statement, payload, more);
  }

  /** The same with the other's signatures, too; both say the same. */
  public JointStatement with(JointStatement other) throws FormatException {
    if (!type.equals(other.type) || !payload.equals(other.payload)) {
      throw new FormatException("signatures are of another statement");
    }
    SortedMap<String, byte[]> more = new TreeMap<>(signatures);
    more.putAll(other.signatures);
    return new JointStatement(type, statement, payload, more);
  }

  /** What is signed, before anybody asks by whom. */
  public JsonObject unverified() {
    return statement;
  }

  /** SHA-256 of the canonical bytes of what is signed; no signature changes it. */
  public Hash hash() {
    return Hash.sha256(statement.canonicalBytes());
  }

  /** Thumbprints of the keys that are said to have signed. */
  public List<String> kids() {
    return List.copyOf(signatures.keySet());
  }

  /**
   * Checks every signature.
   *
   * @param keys whose signatures may stand here
   * @return those of them that have signed
   * @throws FormatException when a signature is not good, or is of another key: it would be junk
   *     that a reader carries along
   */
  public List<PublicJwk> signers(Collection<PublicJwk> keys) throws FormatException {
    Map<String, PublicJwk> byKid = new HashMap<>();
    keys.forEach(key -> byKid.put(key.thumbprint(), key));
    List<PublicJwk> signers = new ArrayList<>();
    for (Map.Entry<String, byte[]> signature : signatures.entrySet()) {
      PublicJwk key = byKid.get(signature.getKey());
      if (key == null) {
        throw new FormatException("a signature is of a key that has no say");
      }
      if (!(key instanceof PublicJwk.Ed25519 ed25519)
          || !new NoteKey("key", ed25519.x())
              .verify(input(signature.getKey()), signature.getValue())) {
        throw new FormatException("a signature is not good");
      }
      signers.add(key);
    }
    return signers;
  }

  private byte[] input(String kid) {
    return (Base64Url.encode(header(kid)) + "." + payload).getBytes(StandardCharsets.US_ASCII);
  }

  private byte[] header(String kid) {
    return JsonObject.builder()
        .put("alg", PublicJwk.Algorithm.EDDSA.jose())
        .put("kid", kid)
        .put("typ", type)
        .build()
        .canonicalBytes();
  }

  /** The JWS. */
  public JsonObject toJson() {
    List<JsonObject> written = new ArrayList<>();
    signatures.forEach(
        (kid, signature) ->
            written.add(
                JsonObject.builder()
                    .put("protected", Base64Url.encode(header(kid)))
                    .put("signature", Base64Url.encode(signature))
                    .build()));
    return JsonObject.builder().put("payload", payload).put("signatures", written).build();
  }

  /** The JWS in its one encoding. */
  public byte[] bytes() {
    return toJson().canonicalBytes();
  }

  /** Whether an object is a JWS of this form, and nothing else that we know. */
  public static boolean isOne(JsonObject json) {
    return json.has("payload");
  }

  /** The type that its first signature claims: only to find out how it must be verified. */
  public static Optional<String> type(JsonObject json) throws FormatException {
    List<JsonObject> all = json.objects("signatures");
    return all.isEmpty()
        ? Optional.empty()
        : Optional.of(
            StrictJson.object(Base64Url.decode(all.get(0).string("protected")), HEADER_BYTES_MAX)
                .string("typ"));
  }

  /** Reads a JWS of a type; who signed it is not checked. */
  public static JointStatement parse(String type, JsonObject json) throws FormatException {
    json.allowOnly("payload", "signatures");
    String payload = json.string("payload");
    if (payload.length() > BYTES_MAX * 4 / 3 + 4) {
      throw new FormatException("statement is too long");
    }
    JsonObject statement = StrictJson.object(Base64Url.decode(payload), BYTES_MAX);
    List<JsonObject> all = json.objects("signatures");
    if (all.size() > SIGNATURES_MAX) {
      throw new FormatException("more than " + SIGNATURES_MAX + " signatures");
    }
    JointStatement read = new JointStatement(type, statement, payload, new TreeMap<>());
    String last = "";
    for (JsonObject one : all) {
      one.allowOnly("protected", "signature");
      byte[] header = Base64Url.decode(one.string("protected"));
      JsonObject said = StrictJson.object(header, HEADER_BYTES_MAX);
      String kid = said.string("kid");
      if (!java.util.Arrays.equals(read.header(kid), header)) {
        throw new FormatException("signature is of another type or algorithm");
      }
      if (kid.compareTo(last) <= 0) {
        throw new FormatException("signatures are out of order, or one key signs twice");
      }
      last = kid;
      read.signatures.put(kid, Base64Url.decode(one.string("signature")));
    }
    return read;
  }

  /** That the text that was signed is the canonical one; every member was read before. */
  void requireCanonical() throws FormatException {
    if (!Base64Url.encode(statement.canonicalBytes()).equals(payload)) {
      throw new FormatException("statement is not in its one encoding");
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof JointStatement that
        && type.equals(that.type)
        && toJson().equals(that.toJson());
  }

  @Override
  public int hashCode() {
    return payload.hashCode();
  }
}
