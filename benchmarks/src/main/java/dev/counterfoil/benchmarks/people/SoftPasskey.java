package dev.counterfoil.benchmarks.people;

import dev.counterfoil.benchmarks.run.Floors;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.util.HexFormat;

/**
 * An authenticator in memory with one passkey (WebAuthn Level 3, 6.1 and 6.5): ES256, no counter,
 * no attestation.
 */
final class SoftPasskey {
  private static final int PRESENT_AND_VERIFIED = 0x05;
  private static final int WITH_CREDENTIAL = 0x40;
  private static final int COORDINATE = 32;

  private final URI issuer;
  private final byte[] id = new byte[16];
  private final KeyPair pair;
  private String user = "";

  SoftPasskey(URI issuer) throws GeneralSecurityException {
    this.issuer = issuer;
    this.pair = Floors.newPair();
    new SecureRandom().nextBytes(id);
  }

  /** What a browser answers to a page that makes a passkey: a {@code RegistrationResponseJSON}. */
  String made(String challenge, String userId) {
    user = userId;
    ByteArrayOutputStream object = new ByteArrayOutputStream();
    // CBOR: a map of fmt "none", attStmt {}, and authData as bytes with a length of one byte.
    object.writeBytes(HexFormat.of().parseHex("a363666d74646e6f6e656761747453746d74a0"));
    object.writeBytes(HexFormat.of().parseHex("686175746844617461"));
    byte[] data = data(PRESENT_AND_VERIFIED | WITH_CREDENTIAL, credential());
    object.write(0x58);
    object.write(data.length);
    object.writeBytes(data);
    return answer(
        "\"clientDataJSON\":\""
            + Base64Url.encode(client("webauthn.create", challenge))
            + "\",\"attestationObject\":\""
            + Base64Url.encode(object.toByteArray())
            + "\",\"transports\":[]");
  }

  /** What it answers to a page that signs in: an {@code AuthenticationResponseJSON}. */
  String used(String challenge) throws GeneralSecurityException {
    byte[] client = client("webauthn.get", challenge);
    byte[] data = data(PRESENT_AND_VERIFIED, new byte[0]);
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(pair.getPrivate());
    signature.update(data);
    signature.update(Hash.sha256(client).bytes());
    return answer(
        "\"clientDataJSON\":\""
            + Base64Url.encode(client)
            + "\",\"authenticatorData\":\""
            + Base64Url.encode(data)
            + "\",\"signature\":\""
            + Base64Url.encode(signature.sign())
            + "\",\"userHandle\":\""
            + user
            + "\"");
  }

  private String answer(String response) {
    String text = Base64Url.encode(id);
    return "{\"id\":\""
        + text
        + "\",\"rawId\":\""
        + text
        + "\",\"type\":\"public-key\",\"clientExtensionResults\":{},\"response\":{"
        + response
        + "}}";
  }

  private byte[] client(String type, String challenge) {
    return ("{\"type\":\""
            + type
            + "\",\"challenge\":\""
            + challenge
            + "\",\"origin\":\""
            + issuer
            + "\",\"crossOrigin\":false}")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private byte[] data(int flags, byte[] more) {
    byte[] party = Hash.sha256(issuer.getHost().getBytes(StandardCharsets.US_ASCII)).bytes();
    return ByteBuffer.allocate(party.length + 5 + more.length)
        .put(party)
        .put((byte) flags)
        .putInt(0)
        .put(more)
        .array();
  }

  /** An authenticator of no model, the id, and the key as COSE has it (RFC 9053 7.1.1). */
  private byte[] credential() {
    ECPublicKey key = (ECPublicKey) pair.getPublic();
    return ByteBuffer.allocate(16 + 2 + id.length + 10 + 3 + 2 * COORDINATE)
        .put(new byte[16])
        .putShort((short) id.length)
        .put(id)
        .put(HexFormat.of().parseHex("a5010203262001215820"))
        .put(fixed(key.getW().getAffineX().toByteArray()))
        .put(HexFormat.of().parseHex("225820"))
        .put(fixed(key.getW().getAffineY().toByteArray()))
        .array();
  }

  private static byte[] fixed(byte[] number) {
    byte[] bytes = new byte[COORDINATE];
    int length = Math.min(number.length, COORDINATE);
    System.arraycopy(number, number.length - length, bytes, COORDINATE - length, length);
    return bytes;
  }
}
