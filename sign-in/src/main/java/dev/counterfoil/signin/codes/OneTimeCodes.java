package dev.counterfoil.signin.codes;

import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.DirectoryRefusedException;
import dev.counterfoil.directory.OneTimeCode;
import dev.counterfoil.directory.Person;
import dev.counterfoil.directory.SecondFactors;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.signin.attempts.Attempts;
import dev.counterfoil.signin.attempts.AttemptsElsewhere;
import dev.counterfoil.signin.browser.Challenges;
import dev.counterfoil.signin.browser.KnownBrowsers;
import dev.counterfoil.signin.browser.SignInKey;
import dev.counterfoil.signin.sessions.Session;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * The second step of a sign-in with a password, for people who have one-time codes: a code of their
 * app, or a recovery code. Attempts are limited for each person; strangers have none, since the
 * password comes first. For all threads.
 */
public final class OneTimeCodes {
  /** How many recovery codes a person gets. */
  static final int RECOVERY_CODES = 10;

  /** Without letters and digits that look alike. */
  private static final String LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ";

  /** 96 random bits: nobody finds one again from its SHA-256. */
  private static final int RECOVERY_LENGTH = 20;

  private static final int GROUP = 5;
  private static final Pattern CODE = Pattern.compile("[0-9]{" + TimeCodes.DIGITS + "}");
  private static final Pattern RECOVERY =
      Pattern.compile("[" + LETTERS + "]{" + RECOVERY_LENGTH + "}");
  private static final Pattern BETWEEN = Pattern.compile("[\\s-]+");

  /** As long as a page may stay open. */
  private static final Duration SET_UP_TIME = Challenges.LIFE;

  private static final int TYPED_MAX = 64;
  private static final int SEALED_TEXT_MAX = 256;
  private static final int KEYS_MAX = 100_000;

  private final Directory directory;
  private final SecondFactors factors;
  private final SignInKey key;
  private final KnownBrowsers known;
  private final Challenges proofs;
  private final SecureRandom random;
  private final InstantSource clock;
  private final Attempts anywhere;
  private final Attempts byKnown;
  private final Attempts recovery;

  public OneTimeCodes(
      Directory directory,
      SignInKey key,
      AttemptsElsewhere elsewhere,
      SecureRandom random,
      InstantSource clock) {
    this.directory = directory;
    this.factors = directory.secondFactors();
    this.key = key;
    this.known = new KnownBrowsers(key);
    this.proofs = new Challenges(random, clock);
    this.random = random;
    this.clock = clock;
    // Three codes of a million are right at a time: some 150 attempts a day find one in 6 years.
    this.anywhere = new Attempts("code", elsewhere, 5, Duration.ofMinutes(10), KEYS_MAX, clock);
    this.byKnown =
        new Attempts("code-known", elsewhere, 5, Duration.ofMinutes(10), KEYS_MAX, clock);
    this.recovery =
        new Attempts("recovery-code", elsewhere, 10, Duration.ofSeconds(30), KEYS_MAX, clock);
  }

  /** What other authorities have counted here, too. */
  public List<Attempts> limits() {
    return List.of(anywhere, byKnown, recovery);
  }

  /** Whether a person has them. */
  public boolean isAsked(Person person) {
    return factors.of(person.subject()).isPresent();
  }

  /** How many recovery codes a person has left; empty for people without one-time codes. */
  public Optional<Integer> recoveryLeft(Person person) {
    return factors.of(person.subject()).map(_ -> factors.recoveryLeft(person.subject()));
  }

  /**
   * What says that a person's password was right a moment ago, for the form of the next step.
   *
   * @param browser the browser's own secret
   */
  public String proof(String browser, Person person) {
    return Base64Url.encode(proofs.next(purpose(browser, person.subject())));
  }

  /**
   * Whether it says so, for this browser, and the password is the same still. Takes as long for a
   * subject that nobody has.
   */
  public boolean isProof(String proof, String browser, String subject) {
    String purpose = purpose(browser, subject);
    return decoded(proof).filter(all -> proofs.isOpen(all, purpose)).isPresent();
  }

  private String purpose(String browser, String subject) {
    return "password " + browser + " " + subject + " " + directory.password(subject).orElse("");
  }

  private static Optional<byte[]> decoded(String text) {
    try {
      return text.length() > SEALED_TEXT_MAX
          ? Optional.empty()
          : Optional.of(Base64Url.decode(text));
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  /** What becomes of a code. */
  public sealed interface Verdict {
    /** It is right, and used up. */
    record Right(boolean recovery) implements Verdict {}

    /** It is none, or was used. */
    record Wrong() implements Verdict {}

    /** There were too many attempts. */
    record Slow(Duration pause) implements Verdict {}
  }

  /**
   * Checks a code of a person whose password was right, and uses it up.
   *
   * @param proof of the password, used up too
   * @param typed in any case, with spaces or hyphens
   * @param cookie of the browser
   */
  public Verdict use(Person person, String proof, String typed, Optional<String> cookie) {
    String text =
        typed.length() > TYPED_MAX
            ? ""
            : BETWEEN.matcher(typed).replaceAll("").toUpperCase(Locale.ROOT);
    boolean isRecovery = RECOVERY.matcher(text).matches();
    Attempts attempts = attempts(person, isRecovery, cookie);
    Optional<Duration> wait = attempts.take(person.subject());
    if (wait.isPresent()) {
      return new Verdict.Slow(wait.get());
    }
    boolean right =
        isRecovery
            ? factors.useRecovery(person.subject(), recoveryHash(person, text))
            : CODE.matcher(text).matches() && useCode(person, text);
    if (!right || decoded(proof).filter(proofs::use).isEmpty()) {
      return new Verdict.Wrong();
    }
    attempts.forget(person.subject());
    return new Verdict.Right(isRecovery);
  }

  /**
   * One who has the password and no code uses up what is allowed anywhere: the person's own
   * browsers have attempts of their own, and a recovery code too.
   */
  private Attempts attempts(Person person, boolean isRecovery, Optional<String> cookie) {
    if (isRecovery) {
      return recovery;
    }
    return cookie.filter(value -> known.isOf(person.subject(), value)).isPresent()
        ? byKnown
        : anywhere;
  }

  private boolean useCode(Person person, String text) {
    Optional<OneTimeCode> code = factors.of(person.subject());
    if (code.isEmpty()) {
      return false;
    }
    byte[] secret =
        key.opened(atRest(person), code.get().sealed())
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "the secret of one-time codes was sealed with another key than that of"
                            + " sign-in: restore the key, or reset the person"));
    OptionalLong step = TimeCodes.step(secret, text, code.get().lastStep(), clock.instant());
    return step.isPresent() && factors.useStep(person.subject(), step.getAsLong());
  }

  private static String atRest(Person person) {
    return "secret of one-time codes of " + person.subject();
  }

  private static byte[] recoveryHash(Person person, String text) {
    return Hash.sha256(
            ("recovery code of " + person.subject() + " " + text).getBytes(StandardCharsets.UTF_8))
        .bytes();
  }

  /**
   * A secret that a person may take into their app.
   *
   * @param secret the bytes
   * @param sealed the same for the form in which the first code comes back
   */
  @SuppressWarnings("ArrayRecordComponent") // made once, shown once
  public record Offer(byte[] secret, String sealed) {
    /** Leaves the secret out. */
    @Override
    public String toString() {
      return "Offer";
    }
  }

  /** A new secret for the person of a session, who confirms it there within some minutes. */
  public Offer offer(Session session) {
    byte[] secret = new byte[TimeCodes.SECRET_BYTES];
    random.nextBytes(secret);
    byte[] timed =
        ByteBuffer.allocate(Long.BYTES + secret.length).putLong(clock.millis()).put(secret).array();
    return new Offer(secret, Base64Url.encode(key.seal(offered(session), timed)));
  }

  /** What was offered to the same session; empty when it is none, or too old. */
  public Optional<Offer> offered(Session session, String sealed) {
    return decoded(sealed)
        .flatMap(bytes -> key.opened(offered(session), bytes))
        .filter(
            timed ->
                clock
                    .instant()
                    .isBefore(
                        Instant.ofEpochMilli(ByteBuffer.wrap(timed).getLong()).plus(SET_UP_TIME)))
        .map(timed -> new Offer(Arrays.copyOfRange(timed, Long.BYTES, timed.length), sealed));
  }

  private static String offered(Session session) {
    return "offer of one-time codes to " + session.subject() + " at " + session.id();
  }

  /** Of which step a first code is; empty when it is none of the offer. */
  public OptionalLong confirmed(Offer offer, String typed) {
    String text = typed.length() > TYPED_MAX ? "" : BETWEEN.matcher(typed).replaceAll("");
    return CODE.matcher(text).matches()
        ? TimeCodes.step(offer.secret(), text, 0, clock.instant())
        : OptionalLong.empty();
  }

  /**
   * Gives a person one-time codes.
   *
   * @param step whose code was used to confirm them
   * @return recovery codes, which are kept as hashes alone
   */
  public List<String> set(Person person, Offer offer, long step) throws DirectoryRefusedException {
    List<String> made = recoveryCodes();
    factors.set(
        person.subject(),
        new OneTimeCode(
            key.seal(atRest(person), offer.secret()), step, Instant.ofEpochMilli(clock.millis())),
        hashes(person, made));
    return made;
  }

  /** New recovery codes in the place of the old ones; empty for people without one-time codes. */
  public List<String> renewRecovery(Person person) {
    List<String> made = recoveryCodes();
    return factors.renewRecovery(person.subject(), hashes(person, made)) ? made : List.of();
  }

  /** Takes one-time codes away; whether there were any. */
  public boolean remove(Person person) {
    return factors.remove(person.subject());
  }

  private static List<byte[]> hashes(Person person, List<String> codes) {
    return codes.stream()
        .map(code -> recoveryHash(person, BETWEEN.matcher(code).replaceAll("")))
        .toList();
  }

  private List<String> recoveryCodes() {
    List<String> codes = new ArrayList<>();
    for (int i = 0; i < RECOVERY_CODES; i++) {
      StringBuilder code = new StringBuilder();
      for (int letter = 0; letter < RECOVERY_LENGTH; letter++) {
        code.append(letter > 0 && letter % GROUP == 0 ? "-" : "")
            .append(LETTERS.charAt(random.nextInt(LETTERS.length())));
      }
      codes.add(code.toString());
    }
    return codes;
  }
}
