package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.counterfoil.format.tree.Leaf;
import java.nio.charset.StandardCharsets;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.JwtConsumer;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What we accept, Nimbus and jose4j accept; and where they accept and we refuse, it is for one of
 * the reasons that {@code docs/integrate/without-a-verifier.md} gives. Tokens are honest ones,
 * changed from a seed: most after signing, many before it, recorded and signed as they are.
 */
class OtherLibrariesTest {
  private static final String AUDIENCE = "https://mail.example";

  /**
   * Where others accept and we refuse: "What others accept" in {@code
   * docs/integrate/without-a-verifier.md}.
   */
  private static final Set<RefusalCode> STRICTER =
      EnumSet.of(
          RefusalCode.MALFORMED,
          RefusalCode.KEY_UNKNOWN,
          RefusalCode.SIGNATURE_HIGH_S,
          RefusalCode.KEY_SCOPE_TENANT,
          RefusalCode.KEY_SCOPE_TYPE,
          RefusalCode.KEY_SCOPE_AUDIENCE,
          RefusalCode.KEY_NOT_ACTIVE,
          RefusalCode.KEY_TOO_OLD,
          RefusalCode.LIFE_TOO_LONG,
          RefusalCode.PAST_VERIFY_UNTIL,
          RefusalCode.EXPIRED,
          RefusalCode.NOT_YET_VALID,
          RefusalCode.TOKEN_ID,
          RefusalCode.WRONG_LOG,
          RefusalCode.NEVER_ISSUED,
          RefusalCode.BEYOND_TIP,
          RefusalCode.BINDING_MISSING);

  private static TokenCases cases;
  private static DefaultJWTProcessor<SecurityContext> nimbus;
  private static JwtConsumer jose4j;

  @BeforeAll
  static void open() throws Exception {
    cases = TokenCases.build();
    ECPublicKey key = (ECPublicKey) cases.key().jwk().javaKey();
    nimbus = new DefaultJWTProcessor<>();
    nimbus.setJWSTypeVerifier(
        new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType(Expectations.ACCESS_TOKEN)));
    nimbus.setJWSKeySelector(
        new JWSVerificationKeySelector<>(
            JWSAlgorithm.ES256,
            new ImmutableJWKSet<>(
                new JWKSet(new ECKey.Builder(Curve.P_256, key).keyID(cases.key().kid()).build()))));
    nimbus.setJWTClaimsSetVerifier(
        new DefaultJWTClaimsVerifier<>(
            AUDIENCE,
            new JWTClaimsSet.Builder().issuer(cases.issuer.issuer()).build(),
            Set.of("exp", "sub")) {
          @Override
          protected Date currentTime() {
            return Date.from(TokenCases.NOW);
          }
        });
    jose4j =
        new JwtConsumerBuilder()
            .setVerificationKey(key)
            .setExpectedIssuer(cases.issuer.issuer())
            .setExpectedAudience(AUDIENCE)
            .setRequireExpirationTime()
            .setAllowedClockSkewInSeconds(60)
            .setEvaluationTime(NumericDate.fromMilliseconds(TokenCases.NOW.toEpochMilli()))
            .setJwsAlgorithmConstraints(
                new AlgorithmConstraints(
                    ConstraintType.PERMIT, AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256))
            .build();
  }

  private static boolean nimbusTakes(String token) {
    try {
      nimbus.process(token, null);
      return true;
    } catch (Exception e) {
      return false;
    }
  }

  private static boolean jose4jTakes(String token) {
    try {
      jose4j.process(token);
      return true;
    } catch (Exception e) {
      return false;
    }
  }

  @Test
  void whatWeAcceptOthersAcceptAndWhereTheyAloneDoItIsForADocumentedReason() {
    compare(3, 600);
  }

  @Test
  @Tag("full")
  void theSameForAHundredTimesAsMany() {
    for (int seed = 10; seed < 110; seed++) {
      compare(seed, 1_500);
    }
  }

  private static void compare(int seed, int count) {
    Random random = new Random(seed);
    Map<RefusalCode, Integer> refusedByUsAlone = new EnumMap<>(RefusalCode.class);
    int accepted = 0;
    try (Verifier verifier =
        Verifier.builder(cases.issuer.policy())
            .network(cases.issuer)
            .clock(cases.clock())
            .limits(
                VerifierLimits.defaults()
                    .withKeys(Duration.ofDays(1), Duration.ofMinutes(5))
                    .withWaits(Duration.ofSeconds(2), Duration.ofMillis(1)))
            .build()) {
      verifier.refreshKeys();
      for (int i = 0; i < count; i++) {
        String token = i % 20 == 0 ? honest() : changed(random);
        Verification ours = verifier.verify(token, TokenCases.MAIL);
        boolean theirs = nimbusTakes(token);
        boolean others = jose4jTakes(token);
        String told = "seed " + seed + ", token " + i + ": " + token + " → " + ours;
        if (ours.isVerified()) {
          accepted++;
          assertThat(theirs).as("Nimbus: " + told).isTrue();
          assertThat(others).as("jose4j: " + told).isTrue();
        } else if (theirs || others) {
          RefusalCode code = ((Refused) ours).code();
          assertThat(STRICTER).as(told).contains(code);
          refusedByUsAlone.merge(code, 1, Integer::sum);
        }
      }
    }
    // Else nothing was compared.
    assertThat(accepted).isGreaterThan(count / 20);
    assertThat(refusedByUsAlone).containsKeys(RefusalCode.MALFORMED, RefusalCode.NEVER_ISSUED);
  }

  private static String honest() {
    return cases.issuer.issue(cases.issuer.draft(cases.key()), cases.key());
  }

  private static String changed(Random random) {
    String header = cases.issuer.draft(cases.key()).headerText();
    String claims = cases.issuer.draft(cases.key()).claimsText();
    return switch (random.nextInt(6)) {
      case 0 -> spelled(random, honest());
      case 1 -> edited(random, honest());
      // The thief's: signed, and not recorded.
      case 2 ->
          cases
              .issuer
              .draft(cases.key())
              .claim("sub", "mallory")
              .at("s1g1", random.nextInt(300))
              .signed(cases.key());
      case 3 -> recorded(json(random, header), claims);
      default -> recorded(header, json(random, claims));
    };
  }

  private static String recorded(String header, String claims) {
    String input = TokenDraft.encoded(header) + "." + TokenDraft.encoded(claims);
    cases.issuer.log("s1g1").append(Leaf.of(input.getBytes(StandardCharsets.US_ASCII)));
    return TokenDraft.signed(input, cases.key());
  }

  /** Another spelling of what may be the same bytes. */
  private static String spelled(Random random, String token) {
    String[] ends = {"=", "==", " ", "\n", ".", "A", "\t", "%3D"};
    String end = ends[random.nextInt(ends.length)];
    int dot = random.nextBoolean() ? token.indexOf('.') : token.length();
    if (random.nextInt(3) == 0) {
      char last = token.charAt(token.length() - 1);
      return token.substring(0, token.length() - 1) + (char) (last + 1 + random.nextInt(3));
    }
    return token.substring(0, dot) + end + token.substring(dot);
  }

  /** One to three letters are others, are gone, or are there twice. */
  private static String edited(Random random, String token) {
    StringBuilder text = new StringBuilder(token);
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(3)) {
        case 0 -> text.setCharAt(at, (char) ('A' + random.nextInt(58)));
        case 1 -> text.deleteCharAt(at);
        default -> text.insert(at, text.charAt(at));
      }
    }
    return text.toString();
  }

  /** A change of a member that keeps most JSON readers content. */
  private static String json(Random random, String json) {
    List<String> members =
        new ArrayList<>(List.of(json.substring(1, json.length() - 1).split(",")));
    int at = random.nextInt(members.size());
    String member = members.get(at);
    String name = member.substring(0, member.indexOf(':') + 1);
    String[] values = {
      "1",
      "1.0",
      "1e3",
      "4102444800",
      "-1",
      "\"\"",
      "\"x\"",
      "null",
      "true",
      "[]",
      "{}",
      "[\"x\"]",
      "\"" + AUDIENCE + "\"",
      "[\"" + AUDIENCE + "\"]",
      "9223372036854775808",
      "\"\\ud800\"",
      "\"*\""
    };
    switch (random.nextInt(6)) {
      case 0 -> members.set(at, name + values[random.nextInt(values.length)]);
      case 1 -> members.remove(at);
      case 2 -> members.add(random.nextInt(members.size() + 1), member);
      case 3 -> members.add("\"extra\":" + values[random.nextInt(values.length)]);
      case 4 -> members.set(at, " " + member.replace(":", " :\n") + "\t");
      default ->
          members.set(
              at, name.toUpperCase(java.util.Locale.ROOT) + member.substring(name.length()));
    }
    return "{" + String.join(",", members) + "}";
  }
}
