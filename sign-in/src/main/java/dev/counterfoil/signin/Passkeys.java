package dev.counterfoil.signin;

import com.webauthn4j.WebAuthnManager;
import com.webauthn4j.converter.AttestedCredentialDataConverter;
import com.webauthn4j.converter.exception.DataConversionException;
import com.webauthn4j.converter.util.ObjectConverter;
import com.webauthn4j.credential.CredentialRecordImpl;
import com.webauthn4j.data.AuthenticationData;
import com.webauthn4j.data.AuthenticationParameters;
import com.webauthn4j.data.PublicKeyCredentialParameters;
import com.webauthn4j.data.PublicKeyCredentialType;
import com.webauthn4j.data.RegistrationData;
import com.webauthn4j.data.RegistrationParameters;
import com.webauthn4j.data.attestation.authenticator.AttestedCredentialData;
import com.webauthn4j.data.attestation.authenticator.AuthenticatorData;
import com.webauthn4j.data.attestation.statement.COSEAlgorithmIdentifier;
import com.webauthn4j.data.attestation.statement.NoneAttestationStatement;
import com.webauthn4j.data.client.CollectedClientData;
import com.webauthn4j.data.client.Origin;
import com.webauthn4j.data.client.challenge.DefaultChallenge;
import com.webauthn4j.server.ServerProperty;
import com.webauthn4j.verifier.exception.MaliciousCounterValueException;
import com.webauthn4j.verifier.exception.VerificationException;
import dev.counterfoil.directory.Passkey;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The ceremonies of passkeys (WebAuthn Level 3, 7.1 and 7.2), with WebAuthn4J. No attestation is
 * asked for: which authenticator it is does not matter, that the person unlocked it does.
 */
final class Passkeys {
  private static final Pattern IP = Pattern.compile("[0-9.]+|\\[.*]");
  private static final long TIMEOUT_MILLIS = 5 * 60 * 1000L;

  private static final List<COSEAlgorithmIdentifier> ALGORITHMS =
      List.of(
          COSEAlgorithmIdentifier.EdDSA,
          COSEAlgorithmIdentifier.ES256,
          COSEAlgorithmIdentifier.RS256);

  /** Loaded with the first passkey: it brings Jackson's data binding along. */
  private static final class Library {
    static final ObjectConverter CONVERTER = new ObjectConverter();
    static final WebAuthnManager MANAGER =
        WebAuthnManager.createNonStrictWebAuthnManager(CONVERTER);
    static final AttestedCredentialDataConverter ATTESTED =
        new AttestedCredentialDataConverter(CONVERTER);
  }

  private final String rpId;
  private final Origin origin;
  private final String brand;
  private final Challenges challenges;
  private final InstantSource clock;

  Passkeys(URI issuer, String brand, SecureRandom random, InstantSource clock) {
    this.rpId = issuer.getHost();
    this.origin = new Origin(Cookies.origin(issuer));
    this.brand = brand;
    this.challenges = new Challenges(random, clock);
    this.clock = clock;
  }

  /** Whether an issuer can have passkeys: an IP address is no relying party's id. */
  static boolean canHave(URI issuer) {
    String host = issuer.getHost();
    return !IP.matcher(host).matches()
        && (issuer.getScheme().equals("https")
            || host.equals("localhost")
            || host.endsWith(".localhost"));
  }

  /**
   * What a browser is asked for a sign-in: any passkey that it has for us.
   *
   * @param browser the browser's own secret
   */
  String toSignIn(String browser) {
    return JsonObject.builder()
        .put("challenge", Base64Url.encode(challenges.next("get " + browser)))
        .put("rpId", rpId)
        .put("timeout", TIMEOUT_MILLIS)
        .put("userVerification", "required")
        .build()
        .toString();
  }

  /**
   * What a browser is asked for a new passkey.
   *
   * @param browser the browser's own secret
   * @param present those that the person has
   */
  String toEnrol(String browser, Person person, List<Passkey> present) {
    return JsonObject.builder()
        .put("challenge", Base64Url.encode(challenges.next(enrolling(browser, person))))
        .put("rp", JsonObject.builder().put("id", rpId).put("name", brand).build())
        .put(
            "user",
            JsonObject.builder()
                .put("id", person.subject())
                .put("name", person.username())
                .put("displayName", person.name())
                .build())
        .put(
            "pubKeyCredParams",
            ALGORITHMS.stream()
                .map(
                    algorithm ->
                        JsonObject.builder()
                            .put("type", "public-key")
                            .put("alg", algorithm.getValue())
                            .build())
                .toList())
        .put("timeout", TIMEOUT_MILLIS)
        .put(
            "excludeCredentials",
            present.stream()
                .map(
                    passkey ->
                        JsonObject.builder()
                            .put("type", "public-key")
                            .put("id", Base64Url.encode(passkey.id()))
                            .build())
                .toList())
        .put(
            "authenticatorSelection",
            JsonObject.builder()
                .put("residentKey", "required")
                .put("requireResidentKey", true)
                .put("userVerification", "required")
                .build())
        .put("attestation", "none")
        .build()
        .toString();
  }

  /** Which passkeys hold: what the browser is told after one is removed (WebAuthn 5.1.10.2). */
  String signal(String subject, List<Passkey> present) {
    return JsonObject.builder()
        .put("rpId", rpId)
        .put("userId", subject)
        .put(
            "allAcceptedCredentialIds",
            present.stream().map(passkey -> Base64Url.encode(passkey.id())).toList())
        .build()
        .toString();
  }

  /**
   * A new passkey of a person, from what the browser answered.
   *
   * @param json a {@code RegistrationResponseJSON}
   * @param label what it is called
   */
  Passkey enrolled(String json, String browser, Person person, String label)
      throws PasskeyRefusedException {
    try {
      RegistrationData data = Library.MANAGER.parseRegistrationResponseJSON(json);
      byte[] challenge = open(data.getCollectedClientData(), enrolling(browser, person));
      Library.MANAGER.verify(
          data,
          new RegistrationParameters(
              property(challenge),
              ALGORITHMS.stream()
                  .map(
                      algorithm ->
                          new PublicKeyCredentialParameters(
                              PublicKeyCredentialType.PUBLIC_KEY, algorithm))
                  .toList(),
              true,
              true));
      AuthenticatorData<?> made =
          Objects.requireNonNull(data.getAttestationObject()).getAuthenticatorData();
      AttestedCredentialData attested = Objects.requireNonNull(made.getAttestedCredentialData());
      use(challenge);
      Instant now = Instant.ofEpochMilli(clock.millis());
      return new Passkey(
          person.subject(),
          attested.getCredentialId(),
          Library.ATTESTED.convert(attested),
          made.getSignCount(),
          made.isFlagBS(),
          label,
          now,
          Optional.of(now));
    } catch (DataConversionException
        | VerificationException
        | NullPointerException
        | IllegalArgumentException e) {
      throw refused(e);
    }
  }

  /**
   * A passkey that was used.
   *
   * @param passkey as it is kept
   * @param signCount its counter now
   * @param backedUp whether there are copies of it now
   */
  record Used(Passkey passkey, long signCount, boolean backedUp) {}

  /**
   * Who signs in, from what the browser answered.
   *
   * @param json an {@code AuthenticationResponseJSON}
   * @param known finds a passkey by its id
   */
  Used used(String json, String browser, Function<byte[], Optional<Passkey>> known)
      throws PasskeyRefusedException {
    try {
      AuthenticationData data = Library.MANAGER.parseAuthenticationResponseJSON(json);
      byte[] challenge = open(data.getCollectedClientData(), "get " + browser);
      Passkey passkey =
          known
              .apply(credentialId(data))
              .orElseThrow(() -> new PasskeyRefusedException("unknown", "nobody has this passkey"));
      if (!userHandle(data).equals(passkey.subject())) {
        throw new PasskeyRefusedException("unknown", "the passkey is another person's");
      }
      Library.MANAGER.verify(
          data,
          new AuthenticationParameters(
              property(challenge),
              new CredentialRecordImpl(
                  new NoneAttestationStatement(),
                  null,
                  null,
                  null,
                  passkey.signCount(),
                  Library.ATTESTED.convert(passkey.attested()),
                  null,
                  null,
                  null,
                  Set.of()),
              null,
              true,
              true));
      AuthenticatorData<?> said = Objects.requireNonNull(data.getAuthenticatorData());
      use(challenge);
      return new Used(passkey, said.getSignCount(), said.isFlagBS());
    } catch (MaliciousCounterValueException e) {
      throw new PasskeyRefusedException("counter", "the passkey's counter went back");
    } catch (DataConversionException
        | VerificationException
        | NullPointerException
        | IllegalArgumentException e) {
      throw refused(e);
    }
  }

  @SuppressWarnings("NullAway") // the library's annotation means the array, and stands at its bytes
  private static byte[] credentialId(AuthenticationData data) {
    return Objects.requireNonNull(data.getCredentialId());
  }

  @SuppressWarnings("NullAway") // as above
  private static String userHandle(AuthenticationData data) {
    return Base64Url.encode(Objects.requireNonNull(data.getUserHandle()));
  }

  private static String enrolling(String browser, Person person) {
    return "create " + browser + " " + person.subject();
  }

  private byte[] open(@Nullable CollectedClientData client, String purpose)
      throws PasskeyRefusedException {
    byte[] challenge =
        client == null || client.getChallenge() == null
            ? new byte[0]
            : client.getChallenge().getValue();
    if (!challenges.isOpen(challenge, purpose)) {
      throw new PasskeyRefusedException(
          "challenge", "the challenge is used, too old, or another browser's");
    }
    return Arrays.copyOf(challenge, challenge.length);
  }

  private void use(byte[] challenge) throws PasskeyRefusedException {
    if (!challenges.use(challenge)) {
      throw new PasskeyRefusedException("challenge", "the challenge was used a moment ago");
    }
  }

  private ServerProperty property(byte[] challenge) {
    return ServerProperty.builder()
        .origin(origin)
        .rpId(rpId)
        .challenge(new DefaultChallenge(challenge))
        .build();
  }

  private static PasskeyRefusedException refused(RuntimeException e) {
    // The name of the check, and nothing that was sent.
    return new PasskeyRefusedException("verification", e.getClass().getSimpleName());
  }
}
