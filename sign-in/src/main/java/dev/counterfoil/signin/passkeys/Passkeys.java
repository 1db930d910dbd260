package dev.counterfoil.signin.passkeys;

import com.webauthn4j.WebAuthnManager;
import com.webauthn4j.converter.AttestedCredentialDataConverter;
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
import dev.counterfoil.directory.Passkey;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.answers.Browsers;
import dev.counterfoil.signin.browser.Challenges;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The ceremonies of passkeys (WebAuthn Level 3, 7.1 and 7.2), with WebAuthn4J. No attestation is
 * asked for: which authenticator it is does not matter, that the person unlocked it does.
 */
public final class Passkeys {
  private static final Pattern IP = Pattern.compile("[0-9.]+|\\[.*]");
  private static final long TIMEOUT_MILLIS = 5 * 60 * 1000L;

  private static final List<COSEAlgorithmIdentifier> ALGORITHMS =
      List.of(
          COSEAlgorithmIdentifier.EdDSA,
          COSEAlgorithmIdentifier.ES256,
          COSEAlgorithmIdentifier.RS256);

  private static final List<PublicKeyCredentialParameters> PARAMETERS =
      ALGORITHMS.stream()
          .map(
              algorithm ->
                  new PublicKeyCredentialParameters(PublicKeyCredentialType.PUBLIC_KEY, algorithm))
          .toList();

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

  /**
   * Passkeys of an issuer.
   *
   * @param host whose passkeys are used; empty for the issuer's own. Where that is not a domain
   *     above the issuer's, it has to name the issuer among its related origins (WebAuthn 5.11)
   */
  public Passkeys(
      URI issuer, Optional<String> host, String brand, SecureRandom random, InstantSource clock) {
    this.rpId = host.orElseGet(() -> issuer.getHost().toLowerCase(Locale.ROOT));
    this.origin = new Origin(Browsers.origin(issuer));
    this.brand = brand;
    this.challenges = new Challenges(random, clock);
    this.clock = clock;
  }

  /** Whether an issuer can have passkeys: an IP address is no relying party's id. */
  public static boolean canHave(URI issuer) {
    String host = issuer.getHost().toLowerCase(Locale.ROOT);
    return !IP.matcher(host).matches()
        && (issuer.getScheme().equalsIgnoreCase("https")
            || host.equals("localhost")
            || host.endsWith(".localhost"));
  }

  /**
   * What a browser is asked for a sign-in: any passkey that it has for us.
   *
   * @param browser the browser's own secret
   */
  public String toSignIn(String browser) {
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
  public String toEnrol(String browser, Person person, List<Passkey> present) {
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
  public String signal(String subject, List<Passkey> present) {
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
   * What the browser is told of a passkey that nobody has, so that it offers it no more (WebAuthn
   * 5.1.10.1). Empty of one that is known, whatever else was wrong with it.
   *
   * @param json an {@code AuthenticationResponseJSON}
   */
  public Optional<String> signalUnknown(String json, Function<byte[], Optional<Passkey>> known) {
    try {
      byte[] id = sound(() -> credentialId(Library.MANAGER.parseAuthenticationResponseJSON(json)));
      return known.apply(id).isPresent()
          ? Optional.empty()
          : Optional.of(
              JsonObject.builder()
                  .put("rpId", rpId)
                  .put("credentialId", Base64Url.encode(id))
                  .build()
                  .toString());
    } catch (PasskeyRefusedException e) {
      return Optional.empty();
    }
  }

  /**
   * A new passkey of a person, from what the browser answered.
   *
   * @param json a {@code RegistrationResponseJSON}
   * @param label what it is called
   */
  public Passkey enrolled(String json, String browser, Person person, String label)
      throws PasskeyRefusedException {
    RegistrationData data = sound(() -> Library.MANAGER.parseRegistrationResponseJSON(json));
    byte[] challenge = open(data.getCollectedClientData(), enrolling(browser, person));
    Passkey made =
        sound(
            () -> {
              Library.MANAGER.verify(
                  data, new RegistrationParameters(property(challenge), PARAMETERS, true, true));
              AuthenticatorData<?> said =
                  Objects.requireNonNull(data.getAttestationObject()).getAuthenticatorData();
              AttestedCredentialData attested =
                  Objects.requireNonNull(said.getAttestedCredentialData());
              Instant now = Instant.ofEpochMilli(clock.millis());
              return new Passkey(
                  person.subject(),
                  attested.getCredentialId(),
                  Library.ATTESTED.convert(attested),
                  said.getSignCount(),
                  said.isFlagBS(),
                  label,
                  now,
                  Optional.of(now));
            });
    use(challenge);
    return made;
  }

  /**
   * A passkey that was used.
   *
   * @param passkey as it is kept
   * @param signCount its counter now
   * @param backedUp whether there are copies of it now
   */
  public record Used(Passkey passkey, long signCount, boolean backedUp) {}

  /**
   * Who signs in, from what the browser answered.
   *
   * @param json an {@code AuthenticationResponseJSON}
   * @param known finds a passkey by its id
   */
  public Used used(String json, String browser, Function<byte[], Optional<Passkey>> known)
      throws PasskeyRefusedException {
    AuthenticationData data = sound(() -> Library.MANAGER.parseAuthenticationResponseJSON(json));
    byte[] challenge = open(data.getCollectedClientData(), "get " + browser);
    Passkey passkey =
        known
            .apply(sound(() -> credentialId(data)))
            .orElseThrow(() -> new PasskeyRefusedException("unknown", "nobody has this passkey"));
    if (!sound(() -> userHandle(data)).equals(passkey.subject())) {
      throw new PasskeyRefusedException("unknown", "the passkey is another person's");
    }
    Used used =
        sound(
            () -> {
              Library.MANAGER.verify(
                  data,
                  new AuthenticationParameters(
                      property(challenge), record(passkey), null, true, true));
              AuthenticatorData<?> said = Objects.requireNonNull(data.getAuthenticatorData());
              return new Used(passkey, said.getSignCount(), said.isFlagBS());
            });
    use(challenge);
    return used;
  }

  private static CredentialRecordImpl record(Passkey passkey) {
    return new CredentialRecordImpl(
        new NoneAttestationStatement(),
        null,
        null,
        null,
        passkey.signCount(),
        Library.ATTESTED.convert(passkey.attested()),
        null,
        null,
        null,
        Set.of());
  }

  /**
   * What the library makes of untrusted bytes. It throws its own exceptions, Jackson's and the
   * JDK's for what is malformed: each is a refusal, and says the name of the check alone.
   */
  private static <T> T sound(Supplier<T> made) throws PasskeyRefusedException {
    try {
      return made.get();
    } catch (MaliciousCounterValueException e) {
      throw new PasskeyRefusedException("counter", "the passkey's counter went back");
    } catch (RuntimeException e) {
      throw new PasskeyRefusedException("verification", e.getClass().getSimpleName());
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
    byte[] challenge = client == null ? new byte[0] : client.getChallenge().getValue();
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
}
