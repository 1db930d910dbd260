package dev.counterfoil.verifier;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.verifier.TokenCases.Case;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Of {@link TokenCases} those with keys of other algorithms than ES256. */
final class AlgorithmCases {
  private final TestIssuer issuer;
  private final List<Case> cases;

  AlgorithmCases(TestIssuer issuer, List<Case> cases) {
    this.issuer = issuer;
    this.cases = cases;
  }

  void add() {
    for (PublicJwk.Algorithm algorithm :
        List.of(
            PublicJwk.Algorithm.RS256, PublicJwk.Algorithm.EDDSA, PublicJwk.Algorithm.ML_DSA_44)) {
      TestKeys.TokenKey key =
          issuer.addKey(TestKeys.of(algorithm, new SeededRandom(algorithm.jose())));
      ofEach(algorithm, key);
      switch (algorithm) {
        case RS256 -> rsa((TestKeys.Plain) key);
        case EDDSA -> ed25519(key);
        case ML_DSA_44 -> mlDsa((TestKeys.Plain) key);
        case ES256 -> throw new IllegalStateException("TokenCases has those");
      }
    }
    TestKeys.TokenKey longest =
        issuer.addKey(TestKeys.rsa(PublicJwk.Rs256.BITS_MAX, new SeededRandom("longest")));
    good("rs256-4096", "the longest modulus that is taken", issued(longest));
  }

  private static String name(PublicJwk.Algorithm algorithm) {
    return algorithm.jose().toLowerCase(Locale.ROOT);
  }

  private void good(String name, String comment, String token) {
    cases.add(new Case(name, comment, TokenCases.VERIFIED, token, TokenCases.MAIL));
  }

  private void refused(String name, RefusalCode code, String comment, String token) {
    cases.add(new Case(name, comment, code.text(), token, TokenCases.MAIL));
  }

  private String issued(TestKeys.TokenKey key) {
    return issuer.issue(issuer.draft(key), key);
  }

  private String recorded(TestKeys.TokenKey key, String alg) {
    TokenDraft draft = issuer.draft(key).header("alg", alg);
    issuer.log("s1g1").append(draft.leaf());
    return draft.signingInput();
  }

  private void ofEach(PublicJwk.Algorithm algorithm, TestKeys.TokenKey key) {
    String name = name(algorithm);
    String token = issued(key);
    good(name, "an honest token of " + algorithm.jose(), token);
    String swapped = recorded(key, "ES256");
    refused(
        name + "-says-es256",
        RefusalCode.ALGORITHM,
        "the key signed, and the header names another algorithm that is known",
        TokenDraft.signed(swapped, key));
    int dot = token.lastIndexOf('.');
    byte[] signature = signature(token);
    refused(
        name + "-signature-short",
        RefusalCode.SIGNATURE,
        "a byte too few",
        with(token, dot, Arrays.copyOf(signature, signature.length - 1)));
    refused(
        name + "-signature-long",
        RefusalCode.SIGNATURE,
        "a byte too many",
        with(token, dot, Arrays.copyOf(signature, signature.length + 1)));
    byte[] flipped = signature.clone();
    flipped[signature.length / 2] ^= 1;
    refused(
        name + "-signature-flipped",
        RefusalCode.SIGNATURE,
        "one bit is another",
        with(token, dot, flipped));
    refused(
        name + "-signature-of-es256",
        RefusalCode.SIGNATURE,
        "a P-256 key signed under the name of this one",
        TokenDraft.signed(
            token.substring(0, dot), new TestKeys.Es256(new SeededRandom("another algorithm"))));
    refused(
        name + "-never-issued",
        RefusalCode.NEVER_ISSUED,
        "signed with the stolen key, at an old position",
        issuer.draft(key).at("s1g1", 17).signed(key));
  }

  private static String with(String token, int dot, byte[] signature) {
    return token.substring(0, dot + 1) + Base64Url.encode(signature);
  }

  private static byte[] signature(String token) {
    try {
      return Base64Url.decode(token.substring(token.lastIndexOf('.') + 1));
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private void rsa(TestKeys.Plain key) {
    String input = recorded(key, "RS256");
    byte[] ascii = input.getBytes(StandardCharsets.US_ASCII);
    refused(
        "rs256-pss",
        RefusalCode.SIGNATURE,
        "a PSS signature by the key under the name of RS256",
        input
            + "."
            + Base64Url.encode(
                key.signature(
                    "RSASSA-PSS",
                    new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1),
                    ascii)));
    refused(
        "rs256-sha1",
        RefusalCode.SIGNATURE,
        "a signature over another hash",
        input + "." + Base64Url.encode(key.signature("SHA1withRSA", null, ascii)));
    String pss = recorded(key, "PS256");
    refused(
        "rs256-says-ps256",
        RefusalCode.ALGORITHM,
        "another padding by name",
        TokenDraft.signed(pss, key));
    TestKeys.TokenKey stranger = TestKeys.rsa(2048, new SeededRandom("stranger"));
    refused(
        "rs256-another-key",
        RefusalCode.SIGNATURE,
        "another key of the same length signed",
        TokenDraft.signed(input, stranger));
  }

  private void ed25519(TestKeys.TokenKey key) {
    String input = recorded(key, "Ed25519");
    refused(
        "eddsa-says-ed25519",
        RefusalCode.ALGORITHM,
        "RFC 9864's name: a key has one name of its algorithm, and the statement says which",
        TokenDraft.signed(input, key));
    String token = issued(key);
    byte[] signature = signature(token);
    refused(
        "eddsa-s-and-order",
        RefusalCode.SIGNATURE,
        "s + L in the place of s: a second spelling (RFC 8032 5.1.7)",
        with(token, token.lastIndexOf('.'), plusOrder(signature)));
  }

  /** Adds the group's order to s, which is little-endian in the second half. */
  private static byte[] plusOrder(byte[] signature) {
    byte[] order =
        java.util.HexFormat.of()
            .parseHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    byte[] other = signature.clone();
    int carry = 0;
    for (int i = 0; i < 32; i++) {
      int sum = (signature[32 + i] & 0xff) + (order[i] & 0xff) + carry;
      other[32 + i] = (byte) sum;
      carry = sum >> 8;
    }
    return other;
  }

  private void mlDsa(TestKeys.Plain key) {
    String input = recorded(key, "ML-DSA-44");
    refused(
        "ml-dsa-44-context",
        RefusalCode.SIGNATURE,
        "signed with a context, where JOSE has an empty one",
        input + "." + Base64Url.encode(withContext(key, "counterfoil", input)));
    good(
        "ml-dsa-44-context-empty",
        "the same way of signing with the empty context",
        input + "." + Base64Url.encode(withContext(key, "", input)));
    refused(
        "ml-dsa-44-says-65",
        RefusalCode.ALGORITHM,
        "a larger parameter set by name",
        TokenDraft.signed(recorded(key, "ML-DSA-65"), key));
    refused(
        "ml-dsa-44-zeros",
        RefusalCode.SIGNATURE,
        "a signature of zeros",
        input + "." + Base64Url.encode(new byte[key.jwk().signatureBytes()]));
    refused(
        "ml-dsa-44-digest",
        RefusalCode.SIGNATURE,
        "a signature over the input's digest",
        input
            + "."
            + Base64Url.encode(
                key.signature(Hash.sha256(input.getBytes(StandardCharsets.US_ASCII)).bytes())));
  }

  /**
   * Signs with a context, which Java offers no call for: from the representative μ that FIPS 204
   * 6.2 defines, μ = SHAKE256(SHAKE256(public key) ‖ 0 ‖ length ‖ context ‖ message).
   */
  private static byte[] withContext(TestKeys.Plain key, String context, String input) {
    try {
      byte[] publicKey = Base64Url.decode(((PublicJwk.MlDsa44) key.jwk()).pub());
      MessageDigest shake = MessageDigest.getInstance("SHAKE256-512");
      byte[] publicKeyHash = shake.digest(publicKey);
      shake.update(publicKeyHash);
      shake.update(new byte[] {0, (byte) context.length()});
      shake.update(context.getBytes(StandardCharsets.US_ASCII));
      byte[] mu = shake.digest(input.getBytes(StandardCharsets.US_ASCII));
      AmazonCorrettoCryptoProvider awsLc = AmazonCorrettoCryptoProvider.INSTANCE;
      Signature signature = Signature.getInstance("ML-DSA-ExtMu", awsLc);
      signature.initSign(
          (PrivateKey) KeyFactory.getInstance("ML-DSA", awsLc).translateKey(key.privateKey()));
      signature.update(mu);
      return signature.sign();
    } catch (GeneralSecurityException | FormatException e) {
      throw new IllegalStateException(e);
    }
  }
}
