package dev.counterfoil.signer;

import dev.counterfoil.format.Ceremony;
import dev.counterfoil.format.CeremonyAlarm;
import dev.counterfoil.format.CeremonyRequest;
import dev.counterfoil.format.Delegation;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JointStatement;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeyLog;
import dev.counterfoil.format.KeyLogEntry;
import dev.counterfoil.format.KeyLogEvent;
import dev.counterfoil.format.KeyLogEvent.WithdrawalReason;
import dev.counterfoil.format.KeyLogState;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.format.RecordForm;
import dev.counterfoil.format.RootChain;
import dev.counterfoil.format.RootMetadata;
import dev.counterfoil.format.RootPin;
import dev.counterfoil.format.SignedStatement;
import dev.counterfoil.format.StatementSigner;
import dev.counterfoil.format.TokenId;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Carries out the registrar's commands, one after another on one thread. A change is answered when
 * its entry stands under the key log's published checkpoint; the same command twice changes
 * nothing.
 */
final class Registrar {
  /**
   * Most revoked tokens that are not expired: what a verifier has to remember of a domain, some 10
   * MB. Who would revoke more revokes their key.
   */
  static final int REVOKED_TOKENS_MAX = 100_000;

  /** After so many entries a replay forgets what is over, so that its memory has a limit. */
  static final int REPLAYED_AT_ONCE = 1_000;

  /** Longest time that a revoked token is listed: the longest life, and clocks that differ. */
  static final Duration REVOKED_UNTIL_MAX = Duration.ofHours(1).plus(Duration.ofMinutes(5));

  /**
   * A taint counts from so long after it is recorded: until then the key's signer may not know, and
   * its tokens are honest. It asks every two seconds.
   */
  static final Duration TAINT_AFTER = Duration.ofSeconds(5);

  /** Pins the SHA-256 of nothing: no root has it. */
  private static final RootPin NO_ROOT = new RootPin(1, Hash.sha256());

  /** Types of statements that are signed for disclosure. */
  static final Set<String> DISCLOSURE_TYPES =
      Set.of("counterfoil-notice+jwt", "counterfoil-claims+jwt");

  private final SignerConfiguration configuration;
  private final EntryLog log;
  private final StatementKeys statementKeys;
  private final InstantSource clock;
  private final StatingRules rules;
  private KeyLogState state;

  private Registrar(
      SignerConfiguration configuration,
      EntryLog log,
      KeyLogState state,
      StatementKeys statementKeys,
      InstantSource clock) {
    this.configuration = configuration;
    this.log = log;
    this.state = state;
    this.statementKeys = statementKeys;
    this.clock = clock;
    this.rules =
        new StatingRules(
            configuration.domain(),
            configuration.issuer().toString(),
            configuration.resolvedPurposes());
  }

  /** Takes up the key log, which belongs to this process. */
  static Registrar open(
      SignerConfiguration configuration,
      EntryLog log,
      StatementKeys statementKeys,
      InstantSource clock)
      throws IOException {
    KeyLogState state =
        KeyLogState.empty(
            configuration.domain(),
            configuration.issuer().toString(),
            configuration.rootPin().orElse(NO_ROOT),
            List.of());
    log.scan(
        (index, entry) -> {
          try {
            state.apply(entry);
          } catch (FormatException e) {
            throw new IOException(
                "entry "
                    + index
                    + " of the key log is not taken: "
                    + e.getMessage()
                    + ". Has root or issuer in the configuration changed? Put the former back, or start a new domain with an empty folder",
                e);
          }
          if (index % REPLAYED_AT_ONCE == REPLAYED_AT_ONCE - 1) {
            state.forget(clock.instant());
          }
        });
    state.forget(clock.instant());
    return new Registrar(configuration, log, state, statementKeys, clock);
  }

  /** The delegation that stands now; empty when there is none, or its window does not hold. */
  Optional<Delegation> delegation() {
    return state.root().reachesPin() ? state.delegation(clock.instant()) : Optional.empty();
  }

  /** What this registrar asks of the next ceremony. */
  CeremonyRequest request() {
    return CeremonyRequest.of(
        configuration.domain(),
        configuration.issuer().toString(),
        statementKeys.newest(),
        configuration.resolvedPurposes().bounds(),
        state);
  }

  /** How urgent that ceremony is. */
  CeremonyAlarm alarm() {
    return state.windows().alarm(clock.instant());
  }

  /** Destroys statement keys that no delegation names any more. */
  List<PublicJwk> destroyStatementKeys() throws IOException {
    Optional<Delegation> standing = delegation();
    return standing.isEmpty()
        ? List.of()
        : statementKeys.destroyBefore(standing.get().statementKey(), state.windows());
  }

  /** Size of the key log: the number of changes that were ever recorded. */
  long version() {
    return log.size();
  }

  List<KeyStatement> keys() {
    return state.trustedKeys();
  }

  KeyLogState state() {
    return state;
  }

  /** Signs a head of the key log with the time of now, so that verifiers know that it is fresh. */
  void signHead() {
    log.publish();
  }

  /** Carries a command out. */
  Answer carryOut(Request.Command command) throws IOException, GeneralSecurityException {
    JsonObject arguments = command.arguments();
    try {
      return switch (command.name()) {
        case Commands.READ_KEYS -> readKeys();
        case Commands.STATE_KEY -> stateKey(arguments);
        case Commands.STATE_LOG -> stateLog(arguments);
        case Commands.REVOKE_TOKEN -> revokeToken(arguments);
        case Commands.TAINT_KEY -> taintKey(arguments);
        case Commands.RETIRE_KEY -> retireKey(arguments);
        case Commands.PAUSE_ROTATION -> pauseRotation(arguments);
        case Commands.REVOKE_KEY -> revokeKey(arguments);
        case Commands.WITHDRAW_KEY -> withdrawKey(arguments);
        case Commands.STATE_WITHDRAWN -> stateWithdrawn(arguments);
        case Commands.END_LOG -> endLog(arguments);
        case Commands.MOVE_LOG -> moveLog(arguments);
        case Commands.SIGN_DISCLOSURE -> signDisclosure(arguments);
        case Commands.TAKE_CEREMONY -> {
          arguments.allowOnly("ceremony");
          yield takeCeremony(Ceremony.parse(arguments.object("ceremony")));
        }
        case Commands.MAKE_STATEMENT_KEY -> {
          arguments.allowOnly();
          yield done(
              JsonObject.builder().put("statement_key", statementKeys.makeNext().toJson()).build());
        }
        default -> new Answer.Refused(Code.UNKNOWN, "there is no such command");
      };
    } catch (FormatException e) {
      return new Answer.Refused(Code.MALFORMED, String.valueOf(e.getMessage()));
    }
  }

  /** Which keys count, for the domain's signers. Verifiers read the key log. */
  private Answer readKeys() {
    Optional<Delegation> standing = delegation();
    if (standing.isEmpty()) {
      return noDelegation();
    }
    return done(
        JsonObject.builder()
            .put("version", version())
            .put(
                "stated",
                state.trustedKeys().stream()
                    .filter(key -> standing.get().objection(key).isEmpty())
                    .map(KeyStatement::kid)
                    .toList())
            .put("taken_back", state.takenBack())
            .put("retired", state.retired())
            .put("now", clock.instant().getEpochSecond())
            .put("lead_s", state.longestLead(clock.instant()).toSeconds())
            .build());
  }

  private static Answer.Refused noDelegation() {
    return new Answer.Refused(
        Code.NO_KEY,
        "no delegation of the root stands: hold a ceremony for ceremony-request.json in the registrar's folder (docs/keys.md, The root)");
  }

  private Answer stateKey(JsonObject arguments) throws FormatException, GeneralSecurityException {
    arguments.allowOnly("key", "log_name", "log_vkey", "log_url");
    KeyStatement key = KeyStatement.parse(arguments.object("key"));
    KeySet.StatedLog stated = statedLog(arguments);
    Optional<KeyStatement> known = state.key(key.kid());
    if (state.isWithdrawn(key.kid())) {
      return new Answer.Refused(Code.CONFLICT, "the key was withdrawn");
    }
    if (known.isPresent() && known.get().equals(key) && isStated(stated)) {
      return unchanged();
    }
    if (known.isPresent()) {
      return new Answer.Refused(Code.CONFLICT, "the key is stated already, otherwise");
    }
    Optional<Delegation> delegation = delegation();
    if (delegation.isEmpty()) {
      return noDelegation();
    }
    Optional<Answer.Refused> objection = objection(key, stated, delegation.get());
    if (objection.isPresent()) {
      return objection.get();
    }
    state.forget(clock.instant());
    if (state.keyCount() >= KeyLogState.KEYS_MAX) {
      return new Answer.Refused(
          Code.BUSY, "as many keys are stated as may be: wait until the tokens of one have ended");
    }
    KeyLogEvent.Gives keyStated = new KeyLogEvent.KeyStated(key);
    return give(
        state.log(stated.name()).isPresent()
            ? List.of(keyStated)
            : List.of(new KeyLogEvent.LogStated(stated), keyStated));
  }

  private Answer stateLog(JsonObject arguments) throws FormatException, GeneralSecurityException {
    arguments.allowOnly("log_name", "log_vkey", "log_url");
    KeySet.StatedLog stated = statedLog(arguments);
    if (isStated(stated)) {
      return unchanged();
    }
    if (delegation().isEmpty()) {
      return noDelegation();
    }
    Optional<Answer.Refused> objection = objection(stated);
    if (objection.isPresent()) {
      return objection.get();
    }
    if (state.log(stated.name()).isPresent()) {
      return new Answer.Refused(Code.CONFLICT, "the log is stated already, otherwise");
    }
    return give(List.of(new KeyLogEvent.LogStated(stated)));
  }

  /** Whether a log is stated as its signer states it; it may have moved since. */
  private boolean isStated(KeySet.StatedLog log) {
    return log.url().equals(configuration.logUrl(log.name()))
        && state.log(log.name()).filter(stated -> stated.key().equals(log.key())).isPresent();
  }

  /** The log of a {@code state-key} or {@code state-log} command. */
  private static KeySet.StatedLog statedLog(JsonObject json) throws FormatException {
    String name = json.string("log_name");
    if (!TokenId.isLogName(name) || name.equals(KeyLog.NAME)) {
      throw new FormatException("log_name is no name of a token log");
    }
    try {
      return new KeySet.StatedLog(
          name, NoteKey.parse(json.string("log_vkey")), URI.create(json.string("log_url")));
    } catch (IllegalArgumentException e) {
      throw new FormatException("log_url is no URL", e);
    }
  }

  /** The registrar's own scope, and then the root's. */
  private Optional<Answer.Refused> objection(
      KeyStatement key, KeySet.StatedLog log, Delegation delegation) {
    Optional<Answer.Refused> ofKey = rules.objection(key, delegation, state, clock.instant());
    if (ofKey.isPresent()) {
      return ofKey;
    }
    if (!key.record().equals(new RecordForm.Position(log.name()))) {
      return outOfScope("the key records in another log");
    }
    return objection(log);
  }

  private Optional<Answer.Refused> objection(KeySet.StatedLog log) {
    if (!log.key().name().equals(configuration.origin(log.name()))
        || !log.url().equals(configuration.logUrl(log.name()))) {
      return outOfScope("the log is not named as a log of this issuer");
    }
    if (state.ended(log.name()).isPresent()) {
      return Optional.of(new Answer.Refused(Code.CONFLICT, "the log has ended"));
    }
    if (state.log(log.name()).filter(stated -> !stated.key().equals(log.key())).isPresent()) {
      return Optional.of(
          new Answer.Refused(Code.CONFLICT, "a log of this name is stated with another key"));
    }
    return Optional.empty();
  }

  private static Optional<Answer.Refused> outOfScope(String text) {
    return Optional.of(new Answer.Refused(Code.OUT_OF_SCOPE, text));
  }

  private Answer revokeToken(JsonObject arguments) throws FormatException {
    arguments.allowOnly("log", "position", "until");
    String name = arguments.string("log");
    long position = KeySet.position(arguments, "position");
    Instant until = KeyStatement.instant(arguments, "until");
    Instant now = clock.instant();
    if (state.log(name).isEmpty()) {
      return new Answer.Refused(Code.UNKNOWN, "there is no such log");
    }
    if (until.isAfter(now.plus(REVOKED_UNTIL_MAX))) {
      return new Answer.Refused(Code.MALFORMED, "no token lives that long");
    }
    boolean known =
        state
            .revokedToken(name, position)
            .filter(token -> !token.until().isBefore(until))
            .isPresent();
    if (known || !now.isBefore(until)) {
      return unchanged();
    }
    if (state.revokedTokenCount() >= REVOKED_TOKENS_MAX) {
      state.forget(now);
    }
    if (state.revokedTokenCount() >= REVOKED_TOKENS_MAX) {
      return new Answer.Refused(
          Code.BUSY,
          "as many tokens are revoked as may be: wait until some expire, or revoke their key instead");
    }
    return take(new KeyLogEvent.TokenRevoked(name, position, until));
  }

  private Answer revokeKey(JsonObject arguments) throws FormatException {
    arguments.allowOnly("kid", "log", "from");
    String kid = arguments.string("kid");
    String name = arguments.string("log");
    long from = KeySet.position(arguments, "from");
    Optional<KeyStatement> key = state.key(kid);
    if (key.flatMap(KeyStatement::log).filter(name::equals).isEmpty()) {
      return new Answer.Refused(Code.UNKNOWN, "there is no such key in this log");
    }
    // A revocation is never narrowed.
    if (state.revokedKey(kid).filter(revoked -> revoked.from() <= from).isPresent()) {
      return unchanged();
    }
    return take(new KeyLogEvent.KeyRevoked(kid, name, from));
  }

  private Answer withdrawKey(JsonObject arguments) throws FormatException {
    arguments.allowOnly("kid");
    String kid = arguments.string("kid");
    if (state
        .withdrawal(kid)
        .filter(key -> key.reason() == WithdrawalReason.COMPROMISED)
        .isPresent()) {
      return unchanged();
    }
    return state.wasStated(kid)
        ? take(new KeyLogEvent.KeyWithdrawn(kid, WithdrawalReason.COMPROMISED))
        : new Answer.Refused(Code.UNKNOWN, "there is no such key");
  }

  private Answer taintKey(JsonObject arguments) throws FormatException {
    arguments.allowOnly("kid");
    String kid = arguments.string("kid");
    if (state.taintedKey(kid).isPresent()) {
      return unchanged();
    }
    return state.wasStated(kid)
        ? take(
            new KeyLogEvent.KeyTainted(
                kid, clock.instant().truncatedTo(ChronoUnit.SECONDS).plus(TAINT_AFTER)))
        : new Answer.Refused(Code.UNKNOWN, "there is no such key");
  }

  private Answer retireKey(JsonObject arguments) throws FormatException {
    arguments.allowOnly("kid");
    String kid = arguments.string("kid");
    if (state.retiredKey(kid).isPresent()) {
      return unchanged();
    }
    return state.wasStated(kid)
        ? take(new KeyLogEvent.KeyRetired(kid))
        : new Answer.Refused(Code.UNKNOWN, "there is no such key");
  }

  private Answer pauseRotation(JsonObject arguments)
      throws FormatException, GeneralSecurityException {
    arguments.allowOnly("log", "until", "by");
    String name = arguments.string("log");
    Instant until = KeyStatement.instant(arguments, "until");
    if (state.log(name).isEmpty() || state.ended(name).isPresent()) {
      return new Answer.Refused(Code.UNKNOWN, "there is no such log, or it has ended");
    }
    if (delegation().isEmpty()) {
      return noDelegation();
    }
    if (state.pause(name).filter(pause -> pause.until().equals(until)).isPresent()) {
      return unchanged();
    }
    try {
      return give(List.of(new KeyLogEvent.RotationPaused(name, until, arguments.string("by"))));
    } catch (IllegalArgumentException e) {
      throw new FormatException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Withdraws the keys whose tokens have all expired, by every clock: the last step of a key's
   * life. What does not fit on the disk is done later.
   */
  void withdrawEnded() throws FormatException {
    Instant now = clock.instant();
    for (KeyStatement key : state.trustedKeys()) {
      if (!now.isBefore(key.verifyUntil().plus(KeySchedule.SKEW))) {
        Answer answer = take(new KeyLogEvent.KeyWithdrawn(key.kid(), WithdrawalReason.ENDED));
        if (answer instanceof Answer.Refused) {
          return;
        }
      }
    }
  }

  /**
   * Both entries stand under one checkpoint, so that nobody ever sees the key as one that counts.
   */
  private Answer stateWithdrawn(JsonObject arguments)
      throws FormatException, GeneralSecurityException {
    arguments.allowOnly("key");
    KeyStatement key = KeyStatement.parse(arguments.object("key"));
    if (state.isWithdrawn(key.kid())) {
      return unchanged();
    }
    if (state.key(key.kid()).isPresent()) {
      return new Answer.Refused(Code.CONFLICT, "the key is stated already, as one that counts");
    }
    Optional<Delegation> delegation = delegation();
    if (delegation.isEmpty()) {
      return noDelegation();
    }
    Optional<KeySet.StatedLog> stated = key.log().flatMap(state::log);
    if (stated.isEmpty()) {
      return new Answer.Refused(Code.UNKNOWN, "there is no such log");
    }
    Optional<Answer.Refused> objection = objection(key, stated.get(), delegation.get());
    if (objection.isPresent()) {
      return objection.get();
    }
    Optional<StatementSigner> signer = signer();
    if (signer.isEmpty()) {
      return noDelegation();
    }
    Instant now = clock.instant();
    return record(
        List.of(
            KeyLogEntry.of(
                new KeyLogEvent.KeyStated(key),
                now,
                KeyLog.origin(configuration.issuer().toString()),
                this.log.size(),
                signer.get()),
            KeyLogEntry.of(
                new KeyLogEvent.KeyWithdrawn(key.kid(), WithdrawalReason.COMPROMISED), now)));
  }

  private Answer endLog(JsonObject arguments) throws FormatException {
    arguments.allowOnly("log", "size", "successor", "reason");
    String name = arguments.string("log");
    long end = KeySet.position(arguments, "size");
    Optional<String> successor = arguments.optionalString("successor");
    KeyLogEvent.EndReason reason = KeyLogEvent.EndReason.parse(arguments.string("reason"));
    if (state.log(name).isEmpty()) {
      return new Answer.Refused(Code.UNKNOWN, "there is no such log");
    }
    if (successor.filter(next -> !TokenId.isLogName(next) || next.equals(name)).isPresent()) {
      return new Answer.Refused(Code.MALFORMED, "the successor is no name of another log");
    }
    Optional<KeySet.EndedLog> before = state.ended(name);
    if (before.isPresent()) {
      return before.get().size() == end
          ? unchanged()
          : new Answer.Refused(
              Code.CONFLICT, "the log has ended at size " + before.get().size() + " already");
    }
    return take(new KeyLogEvent.LogEnded(name, end, successor, reason));
  }

  private Answer moveLog(JsonObject arguments) throws FormatException, GeneralSecurityException {
    arguments.allowOnly("log", "url");
    String name = arguments.string("log");
    URI url;
    try {
      url = URI.create(arguments.string("url"));
    } catch (IllegalArgumentException e) {
      throw new FormatException("url is no URL", e);
    }
    Optional<KeySet.StatedLog> stated = state.log(name);
    if (stated.isEmpty()) {
      return new Answer.Refused(Code.UNKNOWN, "there is no such log");
    }
    if (stated.get().url().equals(url)) {
      return unchanged();
    }
    if (delegation().isEmpty()) {
      return noDelegation();
    }
    return give(List.of(new KeyLogEvent.LogMoved(name, url)));
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
    Optional<StatementSigner> signer = signer();
    return signer.isEmpty()
        ? noDelegation()
        : done(
            JsonObject.builder()
                .put("jws", SignedStatement.sign(type, statement, signer.get()))
                .build());
  }

  /** Signs with the key that the standing delegation names; empty when none stands. */
  private Optional<StatementSigner> signer() {
    return delegation().flatMap(standing -> statementKeys.of(standing.statementKey()));
  }

  /**
   * Takes over what the root's holders signed: all of it that is new, at once. What is for another
   * domain is left out; so the same file serves every registrar.
   */
  Answer takeCeremony(Ceremony ceremony) throws FormatException {
    if (configuration.rootPin().isEmpty()) {
      return new Answer.Refused(
          Code.CONFLICT,
          "the configuration pins no root: put the line there that counterfoil root init printed");
    }
    Ceremony.Checked checked = ceremony.check();
    if (!checked.missing().isEmpty()) {
      Ceremony.Missing first = checked.missing().getFirst();
      return new Answer.Refused(
          Code.CONFLICT,
          "the ceremony is not complete: %s has %d of %d signatures"
              .formatted(first.what(), first.have(), first.need()));
    }
    List<byte[]> entries = new ArrayList<>();
    for (JointStatement root : ceremony.roots().subList(known(ceremony), ceremony.roots().size())) {
      entries.add(KeyLogEntry.of(root));
    }
    Instant now = clock.instant();
    boolean any = false;
    boolean current = false;
    for (int i = 0; i < checked.said().size(); i++) {
      Delegation delegation = checked.said().get(i);
      if (!delegation.domain().equals(configuration.domain())
          || !delegation.issuer().equals(configuration.issuer().toString())) {
        continue;
      }
      any = true;
      if (statementKeys.of(delegation.statementKey()).isEmpty()) {
        return new Answer.Refused(
            Code.OUT_OF_SCOPE,
            "a delegation names a statement key that this registrar does not hold");
      }
      current |=
          state.windows().all().stream().anyMatch(one -> one.delegation().equals(delegation));
      if (delegation.version() > state.windows().highestVersion()) {
        entries.add(KeyLogEntry.of(ceremony.delegations().get(i)));
        current = true;
      }
    }
    if (!any && !checked.said().isEmpty()) {
      return new Answer.Refused(Code.OUT_OF_SCOPE, "the ceremony is for other domains");
    }
    if (any && !current) {
      return new Answer.Refused(Code.CONFLICT, "a later ceremony has taken this one's place");
    }
    if (entries.isEmpty()) {
      return unchanged();
    }
    Optional<Answer.Refused> objection = objection(entries, checked.root(), now);
    return objection.isPresent() ? objection.get() : record(entries);
  }

  /** How many of a ceremony's versions of the root are recorded. */
  private int known(Ceremony ceremony) throws FormatException {
    List<RootChain.Link> links = state.root().links();
    for (int i = 0; i < Math.min(links.size(), ceremony.roots().size()); i++) {
      if (!RootMetadata.parse(ceremony.roots().get(i)).equals(links.get(i).root())) {
        throw new FormatException(
            "version " + (i + 1) + " of the ceremony's root is not the one that is recorded");
      }
    }
    return Math.min(links.size(), ceremony.roots().size());
  }

  /** What the clock says against it, which the log's own rules do not ask. */
  private Optional<Answer.Refused> objection(List<byte[]> entries, RootMetadata root, Instant now)
      throws FormatException {
    KeyLogState next = state.copy();
    for (byte[] entry : entries) {
      next.apply(entry);
    }
    boolean delegates = next.windows().highestVersion() > state.windows().highestVersion();
    if (delegates && !now.isBefore(root.expires())) {
      return Optional.of(
          new Answer.Refused(
              Code.CONFLICT, "the root expired at " + root.expires() + ": rotate it first"));
    }
    if (!next.root().reachesPin()) {
      return Optional.of(
          new Answer.Refused(
              Code.CONFLICT, "the ceremony does not have the root that the configuration pins"));
    }
    boolean nothingLeft =
        next.windows().all().stream()
            .noneMatch(window -> now.isBefore(window.delegation().notAfter()));
    if (delegates && nothingLeft) {
      return Optional.of(
          new Answer.Refused(Code.CONFLICT, "all windows of the ceremony have ended"));
    }
    // Such as by a ceremony whose clock was ahead: it would be an outage until its windows begin.
    if (delegation().isPresent() && next.delegation(now).isEmpty()) {
      return Optional.of(
          new Answer.Refused(
              Code.CONFLICT,
              "the ceremony would leave a time without a window: its first one begins at "
                  + next.windows().all().getLast().delegation().notBefore()));
    }
    return Optional.empty();
  }

  /** Records what gives trust: signed, and bound to its place in the log. */
  private Answer give(List<KeyLogEvent.Gives> events)
      throws FormatException, GeneralSecurityException {
    Optional<StatementSigner> signer = signer();
    if (signer.isEmpty()) {
      return noDelegation();
    }
    List<byte[]> entries = new ArrayList<>();
    for (KeyLogEvent.Gives event : events) {
      entries.add(
          KeyLogEntry.of(
              event,
              clock.instant(),
              KeyLog.origin(configuration.issuer().toString()),
              log.size() + entries.size(),
              signer.get()));
    }
    return record(entries);
  }

  /** Records what takes trust away. */
  private Answer take(KeyLogEvent.Takes event) throws FormatException {
    return record(List.of(KeyLogEntry.of(event, clock.instant())));
  }

  /**
   * Makes entries durable and publishes a checkpoint over them, and only then they count. What a
   * verifier would refuse never gets that far.
   */
  private Answer record(List<byte[]> entries) throws FormatException {
    boolean takes = entries.size() == 1 && KeyLogEntry.takes(entries.getFirst());
    // What takes trust away is never refused, and comes in numbers: no copy is made for it.
    KeyLogState next = takes ? state : state.copy();
    if (!takes) {
      for (byte[] entry : entries) {
        next.apply(entry);
      }
    }
    EntryLog.Outcome outcome = log.append(entries);
    if (outcome == EntryLog.Outcome.FULL) {
      return new Answer.Refused(
          Code.DISK_FULL, "the registrar's reserve is used up: make room on its disk");
    }
    if (takes) {
      next.apply(entries.getFirst());
    }
    state = next;
    return outcome == EntryLog.Outcome.PUBLISHED ? changed(true) : unpublished();
  }

  private static Answer unpublished() {
    return new Answer.Refused(
        Code.DISK_FULL,
        "it is recorded and counts as soon as the key log's folder can be written: make room on its disk");
  }

  /** Nothing to record; but what was recorded before may wait to be published. */
  private Answer unchanged() {
    return log.isPublished() || log.publish() ? changed(false) : unpublished();
  }

  private Answer changed(boolean changed) {
    return done(JsonObject.builder().put("changed", changed).put("version", version()).build());
  }

  private static Answer done(JsonObject result) {
    return new Answer.Done(result);
  }
}
