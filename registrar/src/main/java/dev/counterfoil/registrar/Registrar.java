package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.format.ceremony.CeremonyRequest;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keylog.StatusList;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.note.SignedStatement;
import dev.counterfoil.format.root.CeremonyAlarm;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.RootPin;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.disk.LogRewoundException;
import dev.counterfoil.process.ProcessAudit;
import dev.counterfoil.process.ServedTenants;
import dev.counterfoil.process.settings.Purposes;
import dev.counterfoil.registrar.keys.StatementKeys;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the registrar's commands, one after another on one thread. A change is answered when
 * its entry stands under the key log's published checkpoint; the same command twice changes
 * nothing.
 */
public final class Registrar {
  /** After so many entries a replay forgets what is over, so that its memory has a limit. */
  static final int REPLAYED_AT_ONCE = 1_000;

  /** Pins the SHA-256 of nothing: no root has it. */
  private static final RootPin NO_ROOT = new RootPin(1, Hash.sha256());

  private final RegistrarConfiguration configuration;
  private final StatementKeys statementKeys;
  private final RegistrarLog log;
  private final KeyStating stating;
  private final AuditLogStating auditLogs;
  private final DisclosureKeyStating disclosureKeys;
  private final TakingBack takingBack;
  private final CeremonyTaking ceremonies;
  private final ServedTenants tenants;

  private Registrar(
      RegistrarConfiguration configuration, StatementKeys statementKeys, RegistrarLog log)
      throws IOException {
    this.configuration = configuration;
    this.statementKeys = statementKeys;
    this.log = log;
    this.tenants = ServedTenants.open(configuration.process());
    this.stating = new KeyStating(configuration, tenants, log);
    this.auditLogs = new AuditLogStating(configuration, log);
    this.disclosureKeys = new DisclosureKeyStating(configuration, log);
    this.takingBack = new TakingBack(log);
    this.ceremonies = new CeremonyTaking(configuration, log, statementKeys);
  }

  /**
   * Takes up the key log, which belongs to this process.
   *
   * @throws KeyLogGuard.ConflictException when its journal is empty and was not always
   */
  public static Registrar open(
      RegistrarConfiguration configuration,
      EntryLog log,
      StatementKeys statementKeys,
      InstantSource clock)
      throws IOException {
    return open(configuration, log, statementKeys, clock, null);
  }

  /**
   * The same.
   *
   * @param revocations the revocation logs; null where revocations stand in the key log itself
   */
  static Registrar open(
      RegistrarConfiguration configuration,
      EntryLog log,
      StatementKeys statementKeys,
      InstantSource clock,
      @Nullable RevocationWriter revocations)
      throws IOException {
    KeyLogBegun begun = KeyLogBegun.open(configuration.process().folder(), log.size());
    KeyLogState state =
        KeyLogState.empty(
                configuration.process().domain(),
                configuration.process().issuer().toString(),
                configuration.rootPin().orElse(NO_ROOT),
                List.of())
            .withHistory();
    log.scan(
        (index, entry) -> {
          try {
            state.apply(entry);
          } catch (FormatException e) {
            throw new IOException(
                "entry "
                    + index
                    + " of the key log is refused: "
                    + e.getMessage()
                    + ". Has root or issuer in the configuration changed? Put the former"
                    + " one back, or start a new domain with an empty folder",
                e);
          }
          if (index % REPLAYED_AT_ONCE == REPLAYED_AT_ONCE - 1) {
            state.forget(clock.instant());
          }
        });
    state.forget(clock.instant());
    if (revocations != null) {
      try {
        revocations.takeUp(state);
      } catch (LogRewoundException e) {
        throw KeyLogGuard.rewound(configuration.process(), e);
      }
      state.forget(clock.instant());
    }
    return new Registrar(
        configuration,
        statementKeys,
        new RegistrarLog(configuration, log, state, statementKeys, clock, begun, revocations));
  }

  /** Whom to tell of each change before it is recorded. */
  void audited(ProcessAudit audit) {
    log.onEntry(audit::entry);
    ceremonies.onTake(audit::ceremony);
  }

  /** The delegation that stands now; empty when there is none, or its window does not hold. */
  Optional<Delegation> delegation() {
    return log.delegation();
  }

  /** What this registrar asks of the next ceremony. */
  public CeremonyRequest request() {
    return CeremonyRequest.of(
        configuration.process().domain(),
        configuration.process().issuer().toString(),
        statementKeys.newest(),
        purposes().bounds(),
        log.state());
  }

  /** What the keys are for that it states. */
  Purposes purposes() {
    return tenants.purposes();
  }

  /** How urgent that ceremony is. */
  CeremonyAlarm alarm() {
    return log.state().windows().alarm(log.now());
  }

  /** Destroys statement keys that no delegation names any more. */
  List<PublicJwk> destroyStatementKeys() throws IOException {
    Optional<Delegation> standing = delegation();
    return standing.isEmpty()
        ? List.of()
        : statementKeys.destroyBefore(standing.get().statementKey(), log.state().windows());
  }

  /** Why not all that is asked for is recorded, or takes effect; empty while it is and does. */
  public Optional<String> obstacle() {
    return log.obstacle();
  }

  /** Size of the key log: the number of changes that were ever recorded. */
  public long version() {
    return log.size();
  }

  List<KeyStatement> keys() {
    return log.state().trustedKeys();
  }

  public KeyLogState state() {
    return log.state();
  }

  /** Signs a head of the key log with the time of now, so that verifiers know that it is fresh. */
  public void signHead() {
    log.signHead();
  }

  /**
   * Takes over what the root's holders signed: all of it that is new, at once. What is for another
   * domain is left out; so the same file serves every registrar.
   */
  public Answer takeCeremony(Ceremony ceremony) throws FormatException {
    return ceremonies.record(ceremony);
  }

  /** Withdraws the keys whose tokens have all expired. What does not fit is done later. */
  public void withdrawEnded() throws FormatException {
    takingBack.withdrawEnded();
  }

  /** Signs what the key log says for those who do not read it, while a delegation stands. */
  void write(SignedSets sets, long counted) throws FormatException, GeneralSecurityException {
    Optional<Delegation> standing = delegation();
    Optional<StatementSigner> signer = log.signer();
    if (standing.isPresent() && signer.isPresent()) {
      sets.write(log.state(), counted, standing.get(), signer.get(), log.now());
    }
  }

  /** Ends the open revocation log where it is time. */
  void keepRevocations() throws IOException, FormatException {
    log.keepRevocations();
  }

  /** Carries a command out. */
  public Answer carryOut(Request.Command command) throws IOException, GeneralSecurityException {
    JsonObject arguments = command.arguments();
    try {
      return switch (command.name()) {
        case Commands.READ_KEYS -> readKeys();
        case Commands.STATE_KEY -> stating.stateKey(arguments);
        case Commands.ADOPT_KEY -> stating.adoptKey(arguments);
        case Commands.STATE_LOG -> stating.stateLog(arguments);
        case Commands.STATE_AUDIT_LOG -> auditLogs.state(arguments);
        case Commands.END_AUDIT_LOG -> auditLogs.end(arguments);
        case Commands.REVOKE_TOKEN -> takingBack.revokeToken(arguments);
        case Commands.REVOKE_GROUP -> takingBack.revokeGroup(arguments);
        case Commands.SIGN_STATUS_LIST -> signStatusList(arguments);
        case Commands.TAINT_KEY -> takingBack.taintKey(arguments);
        case Commands.RETIRE_KEY -> takingBack.retireKey(arguments);
        case Commands.PAUSE_ROTATION -> stating.pauseRotation(arguments);
        case Commands.REVOKE_KEYS -> takingBack.revokeKeys(arguments);
        case Commands.WITHDRAW_KEY -> takingBack.withdrawKey(arguments);
        case Commands.STATE_WITHDRAWN -> stating.stateWithdrawn(arguments);
        case Commands.END_LOG -> takingBack.endLog(arguments);
        case Commands.MOVE_LOG -> stating.moveLog(arguments);
        case Commands.STATE_DISCLOSURE_KEY -> disclosureKeys.state(arguments);
        case Commands.ADD_TENANT -> addTenant(arguments);
        case Commands.TAKE_CEREMONY -> {
          arguments.allowOnly("ceremony");
          yield ceremonies.record(Ceremony.parse(arguments.object("ceremony")));
        }
        case Commands.MAKE_STATEMENT_KEY -> {
          arguments.allowOnly();
          yield RegistrarLog.done(
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
      return RegistrarLog.noDelegation();
    }
    return RegistrarLog.done(
        JsonObject.builder()
            .put("version", version())
            .put(
                "stated",
                log.state().trustedKeys().stream()
                    .filter(key -> standing.get().objection(key).isEmpty())
                    .map(KeyStatement::kid)
                    .toList())
            .put("taken_back", log.state().takenBack())
            .put("retired", log.state().retired())
            .put(
                "audit_logs",
                auditLogs.standing().stream().map(one -> one.key().toString()).toList())
            .put(
                "tenants",
                purposes().bounds().tenants().and(standing.get().bounds().tenants()).toJson())
            .put("now", log.now().getEpochSecond())
            .put("lead_s", log.state().longestLead(log.now()).toSeconds())
            .put("at_once", ringsAtOnce())
            .build());
  }

  /** Rings of which no key signs, so that their next one may sign at once. */
  private List<String> ringsAtOnce() {
    Instant now = log.now();
    return purposes().all().stream()
        .flatMap(purpose -> purpose.rings().stream())
        .filter(ring -> log.state().requiredLead(ring, now).isZero())
        .map(KeyStatement.Ring::toString)
        .toList();
  }

  /** A tenant that the root does not name yet is asked of the next ceremony. */
  private Answer addTenant(JsonObject arguments) throws FormatException, IOException {
    arguments.allowOnly("tenant");
    String tenant = arguments.string("tenant");
    boolean changed = !tenants.serves(tenant);
    if (changed) {
      Optional<String> objection = tenants.objection(tenant);
      if (objection.isPresent()) {
        return new Answer.Refused(Code.OUT_OF_SCOPE, objection.get());
      }
      tenants.add(tenant);
    }
    Optional<Instant> until = log.state().windows().until(log.now(), tenant);
    JsonObject.Builder said =
        JsonObject.builder().put("changed", changed).put("delegated", until.isPresent());
    until.ifPresent(end -> said.put("delegated_until", end.getEpochSecond()));
    return RegistrarLog.done(said.build());
  }

  /**
   * Which tokens are revoked is taken from the key log: whoever asks says which list he wants, and
   * nothing of what stands in it.
   */
  private Answer signStatusList(JsonObject arguments)
      throws FormatException, GeneralSecurityException {
    arguments.allowOnly("log", "number");
    String name = arguments.string("log");
    long number = arguments.number("number");
    if (log.state().log(name).isEmpty() || !StatusList.exists(name, number)) {
      return new Answer.Refused(Code.UNKNOWN, "no log of the domain has such a list");
    }
    StatusList list = new StatusList(configuration.process().issuer().toString(), name, number);
    return signed(StatusList.TYPE, list.content(log.state().revokedTokens(), log.now()));
  }

  private Answer signed(String type, JsonObject content) throws GeneralSecurityException {
    Optional<StatementSigner> signer = log.signer();
    return signer.isEmpty()
        ? RegistrarLog.noDelegation()
        : RegistrarLog.done(
            JsonObject.builder()
                .put("jws", SignedStatement.sign(type, content, signer.get()))
                .build());
  }
}
