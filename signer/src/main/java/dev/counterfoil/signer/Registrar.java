package dev.counterfoil.signer;

import dev.counterfoil.format.Delegation;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.format.SignedStatement;
import dev.counterfoil.format.StatementSigner;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.log.RecordJournal;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the registrar's commands, one after another on one thread. A change is recorded and
 * durable before it is answered; the same command twice changes nothing. The key set is signed when
 * it is asked for, after a change or when the last signature is {@link #FRESH} old.
 */
final class Registrar {
  /** How old the signed key set may be when it is given out. */
  static final Duration FRESH = Duration.ofSeconds(5);

  /** How long a signed key set counts. */
  static final Duration KEY_SET_LIFE = Duration.ofHours(1);

  /**
   * Longest key set, as an estimate of what is signed: AWS-LC's Ed25519 takes at most 1 MiB. What
   * states keys, delegates or revokes single tokens leaves {@link #KEPT_FOR_KEYS} for withdrawing
   * and revoking keys, and single tokens take {@link #REVOKED_TOKENS_BYTES_MAX} at most, so that
   * whoever revokes many of them does not keep a key or a delegation from being taken.
   */
  static final int SET_BYTES_MAX = 1_000_000;

  static final int KEPT_FOR_KEYS = 100_000;
  static final int REVOKED_TOKENS_BYTES_MAX = 700_000;

  /** After so many records a replay forgets what is over, so that its memory has a limit. */
  static final int REPLAYED_AT_ONCE = 1_000;

  /** Longest time that a revoked token is listed: the longest life, and clocks that differ. */
  static final Duration REVOKED_UNTIL_MAX = Duration.ofHours(1).plus(Duration.ofMinutes(5));

  /** Longest active window of a key, however it is configured. */
  static final Duration USAGE_MAX = Duration.ofDays(14);

  /** Types of statements that are signed for disclosure. */
  static final Set<String> DISCLOSURE_TYPES =
      Set.of("counterfoil-notice+jwt", "counterfoil-claims+jwt");

  private static final int EVENT_BYTES_MAX = 256 * 1024;

  private final SignerConfiguration configuration;
  private final RecordJournal journal;
  private final StatementSigner statementKey;
  private final PublicJwk root;
  private final InstantSource clock;
  private final RegistrarState state = new RegistrarState();
  private @Nullable String signed;
  private Instant signedAt = Instant.MIN;

  private Registrar(
      SignerConfiguration configuration,
      RecordJournal journal,
      StatementSigner statementKey,
      InstantSource clock) {
    this.configuration = configuration;
    this.journal = journal;
    this.statementKey = statementKey;
    this.root = PublicJwk.ed25519(configuration.root().publicKey());
    this.clock = clock;
  }

  /** Reads the journal, which belongs to this process. */
  static Registrar open(
      SignerConfiguration configuration,
      RecordJournal journal,
      StatementSigner statementKey,
      InstantSource clock)
      throws IOException {
    Registrar registrar = new Registrar(configuration, journal, statementKey, clock);
    journal
        .reader()
        .scan(
            0,
            journal.size(),
            (index, payload) -> {
              try {
                registrar.state.apply(StrictJson.object(payload, EVENT_BYTES_MAX));
              } catch (FormatException e) {
                throw new IOException(
                    "record " + index + " of the registrar's journal is not understood", e);
              }
              if (index % REPLAYED_AT_ONCE == REPLAYED_AT_ONCE - 1) {
                registrar.forget();
              }
            });
    registrar.forget();
    journal.prepareNext();
    return registrar;
  }

  /** Forgets what is over, and ended keys as far as the set would be too long with them. */
  private void forget() {
    Instant now = clock.instant();
    state.forgetExpired(now);
    state.forgetEnded(now, SET_BYTES_MAX - KEPT_FOR_KEYS);
  }

  /** The delegation that stands now; empty when there is none, or its window does not hold. */
  Optional<Delegation> delegation() {
    Optional<String> jws = state.delegation();
    if (jws.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Delegation.verify(jws.get(), root))
          .filter(delegation -> delegation.holdsAt(clock.instant()));
    } catch (FormatException e) {
      // Another root than the one that it was taken under: the configuration has changed.
      return Optional.empty();
    }
  }

  /** Version of the key set: the number of changes that were ever recorded. */
  long version() {
    return journal.size();
  }

  List<KeyStatement> keys() {
    return state.trustedKeys();
  }

  RegistrarState state() {
    return state;
  }

  /** Carries a command out. */
  Answer carryOut(Request.Command command) throws IOException, GeneralSecurityException {
    JsonObject arguments = command.arguments();
    try {
      return switch (command.name()) {
        case Commands.READ_KEY_SET -> readKeySet();
        case Commands.STATE_KEY -> stateKey(arguments);
        case Commands.REVOKE_TOKEN -> revokeToken(arguments);
        case Commands.REVOKE_KEY -> revokeKey(arguments);
        case Commands.WITHDRAW_KEY -> withdrawKey(arguments);
        case Commands.SIGN_DISCLOSURE -> signDisclosure(arguments);
        case Commands.TAKE_DELEGATION -> takeDelegation(arguments.string("delegation"));
        default -> new Answer.Refused(Code.UNKNOWN, "there is no such command");
      };
    } catch (FormatException e) {
      return new Answer.Refused(Code.MALFORMED, String.valueOf(e.getMessage()));
    }
  }

  private Answer readKeySet() throws GeneralSecurityException {
    Instant now = clock.instant();
    Optional<String> jws = state.delegation();
    Optional<Delegation> standing = delegation();
    if (standing.isEmpty() || jws.isEmpty()) {
      return noDelegation();
    }
    String current = signed;
    if (current == null || now.isBefore(signedAt) || !now.isBefore(signedAt.plus(FRESH))) {
      state.forgetExpired(now);
      Instant second = now.truncatedTo(ChronoUnit.SECONDS);
      current =
          state
              .keySet(
                  configuration.domain(),
                  configuration.issuer().toString(),
                  version(),
                  second,
                  second.plus(KEY_SET_LIFE),
                  jws.get(),
                  standing.get())
              .sign(statementKey);
      signed = current;
      signedAt = now;
    }
    return done(JsonObject.builder().put("keys", current).put("version", version()).build());
  }

  private static Answer.Refused noDelegation() {
    return new Answer.Refused(
        Code.NO_KEY,
        "the root has not delegated to this registrar's statement key: sign a delegation for statement-key.jwk");
  }

  private Answer stateKey(JsonObject arguments) throws FormatException {
    arguments.allowOnly("key", "log_name", "log_vkey", "log_url");
    KeyStatement key = KeyStatement.parse(arguments.object("key"));
    KeySet.StatedLog log = RegistrarState.log(arguments);
    Optional<KeyStatement> known = state.key(key.kid());
    if (state.isWithdrawn(key.kid())) {
      return new Answer.Refused(Code.CONFLICT, "the key was withdrawn");
    }
    if (known.isPresent()
        && known.get().equals(key)
        && state.log(log.name()).filter(log::equals).isPresent()) {
      return changed(false);
    }
    if (known.isPresent()) {
      return new Answer.Refused(Code.CONFLICT, "the key is stated already, otherwise");
    }
    Optional<Delegation> delegation = delegation();
    if (delegation.isEmpty()) {
      return noDelegation();
    }
    Optional<Answer.Refused> objection = objection(key, log, delegation.get());
    if (objection.isPresent()) {
      return objection.get();
    }
    return record(
        RegistrarState.KEY_STATED,
        JsonObject.builder()
            .put("key", key.toJson())
            .put("log_name", log.name())
            .put("log_vkey", log.key().toString())
            .put("log_url", log.url().toString()));
  }

  /** The registrar's own scope, and then the root's. */
  private Optional<Answer.Refused> objection(
      KeyStatement key, KeySet.StatedLog log, Delegation delegation) {
    if (!key.domain().equals(configuration.domain())
        || !key.issuer().equals(configuration.issuer().toString())
        || !configuration.allowedTenants().contains(key.tenants())
        || !configuration.allowedAudiences().contains(key.audiences())
        || !configuration.allowedTokenTypes().contains(key.tokenTypes())
        || key.lifeMax().compareTo(configuration.lifeMax()) > 0) {
      return outOfScope("the key goes beyond what this registrar states");
    }
    if (Duration.between(key.activeFrom(), key.activeUntil()).compareTo(USAGE_MAX) > 0
        || key.verifyUntil().isAfter(key.activeUntil().plus(key.lifeMax()).plus(KeyRing.SKEW))) {
      return outOfScope("the key would sign or be trusted for too long");
    }
    if (!key.log().equals(log.name())
        || !log.key().name().equals(configuration.origin(log.name()))
        || !log.url().equals(configuration.logUrl(log.name()))) {
      return outOfScope("the log is not named as a log of this issuer");
    }
    if (state.log(log.name()).filter(stated -> !stated.equals(log)).isPresent()) {
      return Optional.of(
          new Answer.Refused(Code.CONFLICT, "a log of this name is stated with another key"));
    }
    return delegation.objection(key).flatMap(Registrar::outOfScope);
  }

  private static Optional<Answer.Refused> outOfScope(String text) {
    return Optional.of(new Answer.Refused(Code.OUT_OF_SCOPE, text));
  }

  private Answer revokeToken(JsonObject arguments) throws FormatException {
    arguments.allowOnly("log", "position", "until");
    String log = arguments.string("log");
    long position = RegistrarState.position(arguments, "position");
    Instant until = RegistrarState.instant(arguments, "until");
    Instant now = clock.instant();
    if (state.log(log).isEmpty()) {
      return new Answer.Refused(Code.UNKNOWN, "there is no such log");
    }
    if (until.isAfter(now.plus(REVOKED_UNTIL_MAX))) {
      return new Answer.Refused(Code.MALFORMED, "no token lives that long");
    }
    boolean known =
        state
            .revokedToken(log, position)
            .filter(token -> !token.until().isBefore(until))
            .isPresent();
    if (known || !now.isBefore(until)) {
      return changed(false);
    }
    return record(
        RegistrarState.TOKEN_REVOKED,
        JsonObject.builder()
            .put("log", log)
            .put("position", position)
            .put("until", until.getEpochSecond()));
  }

  private Answer revokeKey(JsonObject arguments) throws FormatException {
    arguments.allowOnly("kid", "log", "from");
    String kid = arguments.string("kid");
    String log = arguments.string("log");
    long from = RegistrarState.position(arguments, "from");
    Optional<KeyStatement> key = state.key(kid);
    if (key.isEmpty() || !key.get().log().equals(log)) {
      return new Answer.Refused(Code.UNKNOWN, "there is no such key in this log");
    }
    // A revocation is never narrowed.
    if (state.revokedKey(kid).filter(revoked -> revoked.from() <= from).isPresent()) {
      return changed(false);
    }
    return record(
        RegistrarState.KEY_REVOKED,
        JsonObject.builder()
            .put("kid", kid)
            .put("log", log)
            .put("from", from)
            .put("at", clock.instant().getEpochSecond()));
  }

  private Answer withdrawKey(JsonObject arguments) throws FormatException {
    arguments.allowOnly("kid");
    String kid = arguments.string("kid");
    if (state.isWithdrawn(kid)) {
      return changed(false);
    }
    if (state.key(kid).isEmpty()) {
      return new Answer.Refused(Code.UNKNOWN, "there is no such key");
    }
    return record(RegistrarState.KEY_WITHDRAWN, JsonObject.builder().put("kid", kid));
  }

  private Answer signDisclosure(JsonObject arguments)
      throws FormatException, GeneralSecurityException {
    arguments.allowOnly("type", "statement");
    String type = arguments.string("type");
    JsonObject statement = arguments.object("statement");
    if (!DISCLOSURE_TYPES.contains(type)) {
      return new Answer.Refused(
          Code.NOT_ALLOWED, "only notices and claims are signed for disclosure");
    }
    if (Fractions.in(statement)) {
      return new Answer.Refused(Code.MALFORMED, "a statement has integers only");
    }
    if (delegation().isEmpty()) {
      return noDelegation();
    }
    return done(
        JsonObject.builder()
            .put("jws", SignedStatement.sign(type, statement, statementKey))
            .build());
  }

  /** Takes over a delegation of the root to this registrar's statement key. */
  Answer takeDelegation(String jws) throws FormatException {
    if (state.delegation().filter(jws::equals).isPresent()) {
      return changed(false);
    }
    Delegation delegation = Delegation.verify(jws, root);
    if (!delegation.domain().equals(configuration.domain())
        || !delegation.issuer().equals(configuration.issuer().toString())
        || !delegation.statementKey().equals(statementKey.key())) {
      return new Answer.Refused(
          Code.OUT_OF_SCOPE, "the delegation is for another domain, issuer or statement key");
    }
    if (!delegation.holdsAt(clock.instant())) {
      return new Answer.Refused(Code.CONFLICT, "the delegation's window does not hold now");
    }
    if (delegation().filter(held -> held.notAfter().isAfter(delegation.notAfter())).isPresent()) {
      return new Answer.Refused(Code.CONFLICT, "the delegation ends before the one that stands");
    }
    return record(RegistrarState.DELEGATION_TAKEN, JsonObject.builder().put("delegation", jws));
  }

  /** Makes a change durable, and only then so. */
  private Answer record(String event, JsonObject.Builder members) throws FormatException {
    JsonObject record = members.put("event", event).put("v", 1).build();
    byte[] bytes = record.canonicalBytes();
    if (!isRoom(event, bytes.length)) {
      return new Answer.Refused(
          Code.BUSY,
          "the key set is as long as it may be: wait until revoked tokens expire, or revoke their key instead");
    }
    journal.add(bytes);
    if (!journal.commit()) {
      return new Answer.Refused(
          Code.DISK_FULL, "the registrar's reserve is used up: make room on its disk");
    }
    state.apply(record);
    signed = null;
    // The next segment is allocated while there is room, so that the disk may fill up after it.
    journal.prepareNext();
    return changed(true);
  }

  private boolean isRoom(String event, int recordBytes) {
    boolean ofKey =
        event.equals(RegistrarState.KEY_REVOKED) || event.equals(RegistrarState.KEY_WITHDRAWN);
    int signedBytes = recordBytes * 4 / 3;
    int most = (ofKey ? SET_BYTES_MAX : SET_BYTES_MAX - KEPT_FOR_KEYS) - signedBytes;
    int mostOfTokens =
        event.equals(RegistrarState.TOKEN_REVOKED)
            ? REVOKED_TOKENS_BYTES_MAX - signedBytes
            : Integer.MAX_VALUE;
    if (state.signedBytes() <= most && state.revokedTokensBytes() <= mostOfTokens) {
      return true;
    }
    Instant now = clock.instant();
    state.forgetExpired(now);
    if (state.revokedTokensBytes() > mostOfTokens) {
      return false;
    }
    state.forgetEnded(now, most);
    return state.signedBytes() <= most;
  }

  private Answer changed(boolean changed) {
    return done(JsonObject.builder().put("changed", changed).put("version", version()).build());
  }

  private static Answer done(JsonObject result) {
    return new Answer.Done(result);
  }
}
