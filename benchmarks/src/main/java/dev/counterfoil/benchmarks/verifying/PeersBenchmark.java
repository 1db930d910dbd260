package dev.counterfoil.benchmarks.verifying;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import com.auth0.jwt.JWT;
import com.auth0.jwt.JWTVerifier;
import com.auth0.jwt.algorithms.Algorithm;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.counterfoil.benchmarks.run.Floors;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import io.jsonwebtoken.JwtParser;
import io.jsonwebtoken.Jwts;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jwt.consumer.JwtConsumer;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/**
 * What other libraries do with an ES256 token of 600 bytes: signature, issuer, audience and times,
 * and nothing about whether it was issued. They remember no token, so each is compared with our
 * first sight.
 *
 * <p>Each token is another one than the last: a processor that checks one signature again and again
 * learns its branches, and is then a tenth faster than with any signature that it has not seen.
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH opens it before a benchmark
public class PeersBenchmark {
  private static final String ISSUER = "https://login.example/enterprise";
  private static final String AUDIENCE = "https://mail.example";
  private static final String KID = "k1";
  private static final int TOKEN_CHARS = 600;

  /** More than a processor remembers the way through. */
  private static final int TOKENS = 1000;

  /** What checks signatures. The first provider that has the algorithm is taken by all of them. */
  public enum Crypto {
    /** The JDK's own providers. */
    JDK,
    /** Corretto's, before them. */
    AWS_LC
  }

  /** Each in a JVM of its own. */
  @Param public Crypto crypto;

  private final String[] tokens = new String[TOKENS];
  private final byte[][] inputs = new byte[TOKENS][];
  private final byte[][] signatures = new byte[TOKENS][];
  private int next;

  private Signature raw;

  private DefaultJWTProcessor<SecurityContext> nimbus;

  private NimbusJwtDecoder spring;

  private JwtParser jjwt;

  private JWTVerifier auth0;

  private JwtConsumer jose4j;

  /** Makes a key, a token, and each library's verifier, which has to refuse a forged token. */
  @Setup(Level.Trial)
  public void open() throws Exception {
    if (crypto == Crypto.AWS_LC) {
      AmazonCorrettoCryptoProvider.install();
    }
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    ECPublicKey key = (ECPublicKey) pair.getPublic();
    Signature signer = Signature.getInstance(Floors.ES256);
    signer.initSign(pair.getPrivate());
    for (int i = 0; i < TOKENS; i++) {
      String body = body(i);
      inputs[i] = body.getBytes(StandardCharsets.US_ASCII);
      signer.update(inputs[i]);
      signatures[i] = signer.sign();
      tokens[i] = body + "." + Base64Url.encode(signatures[i]);
    }
    raw = Signature.getInstance(Floors.ES256);
    raw.initVerify(key);
    nimbus = nimbus(key);
    spring = new NimbusJwtDecoder(nimbus);
    jjwt = Jwts.parser().verifyWith(key).requireIssuer(ISSUER).requireAudience(AUDIENCE).build();
    auth0 =
        JWT.require(Algorithm.ECDSA256(key, null))
            .withIssuer(ISSUER)
            .withAudience(AUDIENCE)
            .build();
    jose4j =
        new JwtConsumerBuilder()
            .setVerificationKey(key)
            .setExpectedIssuer(ISSUER)
            .setExpectedAudience(AUDIENCE)
            .setRequireExpirationTime()
            .setJwsAlgorithmConstraints(
                new AlgorithmConstraints(
                    ConstraintType.PERMIT, AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256))
            .build();
    requireThatAForgedOneIsRefused();
  }

  private static String body(int number) {
    JsonObject header =
        JsonObject.builder().put("alg", "ES256").put("kid", KID).put("typ", "JWT").build();
    long now = Instant.now().getEpochSecond();
    String body = "";
    for (int filling = 0; body.length() < TOKEN_CHARS - 87; filling++) {
      JsonObject claims =
          JsonObject.builder()
              .put("iss", ISSUER)
              .put("sub", "alice-" + (1000 + number))
              .put("aud", AUDIENCE)
              .put("client_id", "mail-client")
              .put("tenant", "acme")
              .put("scope", "mail.read mail.send" + " x".repeat(filling))
              .put("iat", now)
              .put("exp", now + 3600)
              .build();
      body =
          Base64Url.encode(header.canonicalBytes())
              + "."
              + Base64Url.encode(claims.canonicalBytes());
    }
    return body;
  }

  private static DefaultJWTProcessor<SecurityContext> nimbus(ECPublicKey key) {
    DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(
            JWSAlgorithm.ES256,
            new ImmutableJWKSet<>(
                new JWKSet(new ECKey.Builder(Curve.P_256, key).keyID(KID).build()))));
    processor.setJWTClaimsSetVerifier(
        new DefaultJWTClaimsVerifier<>(
            AUDIENCE,
            new JWTClaimsSet.Builder().issuer(ISSUER).build(),
            Set.of("exp", "iat", "sub")));
    return processor;
  }

  /** One verification of a library. */
  private interface Verification {
    Object verify() throws Exception;
  }

  private void requireThatAForgedOneIsRefused() {
    String[] honest = tokens.clone();
    String last = honest[0].substring(honest[0].length() - 2);
    // The second to last character has six bits of the signature.
    Arrays.fill(
        tokens,
        honest[0].substring(0, honest[0].length() - 2) + (last.startsWith("A") ? "B" : "A") + "A");
    for (Verification peer :
        List.<Verification>of(this::nimbus, this::spring, this::jjwt, this::auth0, this::jose4j)) {
      boolean refused = false;
      try {
        peer.verify();
      } catch (Exception e) {
        refused = true;
      }
      if (!refused) {
        throw new IllegalStateException("a library took a forged token: nothing is measured");
      }
    }
    System.arraycopy(honest, 0, tokens, 0, TOKENS);
  }

  private String token() {
    return tokens[next++ % TOKENS];
  }

  /** The signature alone: what no library can be faster than. */
  @Benchmark
  public boolean raw() throws GeneralSecurityException {
    int i = next++ % TOKENS;
    raw.update(inputs[i]);
    return raw.verify(signatures[i]);
  }

  /** Nimbus JOSE + JWT. */
  @Benchmark
  public Object nimbus() throws Exception {
    return nimbus.process(token(), null);
  }

  /** Spring Security. */
  @Benchmark
  public Object spring() {
    return spring.decode(token());
  }

  /** JJWT. */
  @Benchmark
  public Object jjwt() {
    return jjwt.parseSignedClaims(token());
  }

  /** Auth0's java-jwt. */
  @Benchmark
  public Object auth0() {
    return auth0.verify(token());
  }

  /** jose4j. */
  @Benchmark
  public Object jose4j() throws Exception {
    return jose4j.process(token());
  }
}
