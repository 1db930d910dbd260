package dev.counterfoil.signer.rotation;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.process.settings.KeySchedule;
import dev.counterfoil.process.settings.Purpose;
import dev.counterfoil.signer.folders.Generation;
import dev.counterfoil.signer.privatekeys.PrivateKeys;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Keeps a generation's keys: takes the steps that {@link KeyDecisions} finds due, and stops using a
 * key that the registrar took back. {@link #step} belongs to one thread and is run again and again;
 * what a crash leaves unfinished the next step finishes, by the same decisions.
 *
 * <p>What each step leaves when the process dies in it:
 *
 * <ul>
 *   <li>prepare: private halves without statements, whose labels are used again;
 *   <li>state: the key log may have the statement, and gets it again, which changes nothing;
 *   <li>postpone: the old window or the new one, of which neither stands anywhere yet;
 *   <li>retire: the same as state;
 *   <li>destroy: the mark that it is to be destroyed, and perhaps the private half;
 *   <li>forget: a statement that is forgotten next time.
 * </ul>
 */
public final class KeyKeeper {
  private static final System.Logger LOG = System.getLogger(KeyKeeper.class.getName());

  /** How often the registrar is asked whether a key was taken back. */
  static final Duration WATCH = Duration.ofSeconds(2);

  /** Who keeps which keys. */
  public record Keeping(
      String domain,
      String issuer,
      Supplier<List<Purpose>> purposes,
      Generation generation,
      KeySet.StatedLog log) {}

  private final Keeping keeping;
  private final PrivateKeys custody;
  private final RegistrarLink registrar;
  private final KeyFolder folder;
  private final TreeMap<Integer, KeyStatement> statements = new TreeMap<>();
  private final Set<String> announced = new HashSet<>();
  private final Set<String> postponed = new HashSet<>();

  /** Rings whose next key may sign at once, by the registrar's last word. */
  private Set<String> atOnce = Set.of();

  private volatile KeyRing ring = KeyRing.empty();
  private volatile String obstacle = "the key is not stated yet";

  /** Whether the registrar did not answer when it was asked last. */
  private volatile boolean registrarSilent;

  /** The next key that signs, where none does. */
  private volatile Optional<KeyStatement> awaited = Optional.empty();

  private Instant watchedAt = Instant.MIN;
  private BiConsumer<Operation, String> listener = (operation, kid) -> {};
  private String saidObstacle = "";

  public KeyKeeper(Keeping keeping, PrivateKeys custody, RegistrarLink registrar, Disk disk) {
    this.keeping = keeping;
    this.custody = custody;
    this.registrar = registrar;
    this.folder = new KeyFolder(disk);
  }

  /** Whom to tell of a key that begins to sign, and of one whose private half is destroyed. */
  public KeyKeeper telling(BiConsumer<Operation, String> told) {
    listener = told;
    return this;
  }

  /** Takes up the keys that the folder holds. */
  public void load(Instant now) throws IOException, GeneralSecurityException {
    NavigableMap<Integer, KeyStatement> read = folder.statements();
    Set<Integer> destroyed = folder.destroyed();
    Set<KeyStatement.Ring> rings = new HashSet<>();
    KeyRing loaded = KeyRing.empty().withPause(folder.pause());
    for (Map.Entry<Integer, KeyStatement> entry : read.entrySet()) {
      int number = entry.getKey();
      KeyStatement statement = entry.getValue();
      statements.put(number, statement);
      boolean first = rings.add(statement.ring());
      String label = KeyFolder.label(number);
      if (destroyed.contains(number)
          || !now.isBefore(statement.activeUntil().plus(KeySchedule.RETIRE_AFTER))) {
        folder.markDestroyed(number);
        custody.destroy(keeping.generation().keys(), label);
        continue;
      }
      PrivateKeys.Key held = custody.open(keeping.generation().keys(), label);
      if (!held.publicKey().equals(statement.jwk())) {
        throw new GeneralSecurityException(
            "key "
                + label
                + " in "
                + keeping.generation().keys()
                + " is not the one of its statement. Move the folder away and start with"
                + " new keys");
      }
      loaded = loaded.with(new TokenKey(number, statement, held));
      if (keeping.purposes().get().stream().noneMatch(p -> p.rings().contains(statement.ring()))) {
        // Nobody wants its ring any more. It retires when no clock shows its last token's time.
        loaded = loaded.withSetAside(List.of(statement.kid()), now);
      }
      if (first && now.isBefore(statement.activeFrom())) {
        postponed.add(statement.kid());
      }
    }
    ring = loaded;
  }

  /** The keys as they stand; read by any thread. */
  public KeyRing ring() {
    return ring;
  }

  /** What keeps the signer from having an active key; of interest while it has none. */
  public String obstacle() {
    return registrarSilent
        ? "the registrar does not answer"
        : awaited.map(KeyKeeper::waits).orElse(obstacle);
  }

  /** From when its first key signs, while it waits for nothing else. */
  public Optional<Instant> signsFrom() {
    return registrarSilent ? Optional.empty() : awaited.map(KeyStatement::activeFrom);
  }

  private static String waits(KeyStatement first) {
    return "the first key of "
        + first.ring()
        + " signs from "
        + first.activeFrom()
        + ", when every service knows it";
  }

  /** Every question goes through here, so that what it says of the registrar is as of the last. */
  private Answer ask(Request.Command command)
      throws SignerUnavailableException, InterruptedException {
    try {
      Answer answer = registrar.ask(command);
      registrarSilent = false;
      return answer;
    } catch (SignerUnavailableException e) {
      registrarSilent = true;
      throw e;
    }
  }

  /** Does what is due at an instant. */
  public synchronized void step(Instant now)
      throws IOException, GeneralSecurityException, InterruptedException {
    try {
      if (!now.isBefore(watchedAt.plus(WATCH)) || now.isBefore(watchedAt)) {
        watchedAt = now;
        watch(now);
      }
    } catch (SignerUnavailableException e) {
      LOG.log(System.Logger.Level.DEBUG, "asked again: {0}", e.getMessage());
    }
    List<KeyStep> due = due(now);
    // A step can make another one due: a key that was prepared is stated, and then it signs.
    for (int round = 0; round < 4 && !due.isEmpty(); round++) {
      for (KeyStep step : due) {
        try {
          carryOut(step, due, now);
        } catch (SignerUnavailableException e) {
          LOG.log(System.Logger.Level.DEBUG, "taken again: {0}", e.getMessage());
        }
      }
      List<KeyStep> next = due(now);
      due = next.equals(due) ? List.of() : next;
    }
    awaited = ring.nextStated(now).map(TokenKey::statement);
  }

  private List<KeyStep> due(Instant now) {
    return KeyDecisions.due(
        new KeyDecisions.Known(ring, statements, announced, postponed, atOnce),
        keeping.purposes().get(),
        now);
  }

  /**
   * Takes one of the steps that are due at an instant.
   *
   * @param due all of them: keys that are to be prepared are made together, with the first
   */
  private void carryOut(KeyStep step, List<KeyStep> due, Instant now)
      throws IOException,
          GeneralSecurityException,
          SignerUnavailableException,
          InterruptedException {
    switch (step) {
      case KeyStep.Prepare first -> {
        List<KeyStep.Prepare> all =
            due.stream()
                .filter(KeyStep.Prepare.class::isInstance)
                .map(KeyStep.Prepare.class::cast)
                .toList();
        if (first.equals(all.getFirst())) {
          prepare(all);
        }
      }
      case KeyStep.State state -> state(state.key(), now);
      case KeyStep.Postpone postpone -> postpone(postpone);
      case KeyStep.Activate activate -> {
        announced.add(activate.key().kid());
        listener.accept(Operation.KEY_ACTIVATE, activate.key().kid());
        LOG.log(
            System.Logger.Level.INFO,
            "key {0} of {1} signs from now on",
            activate.key().kid(),
            activate.key().ring());
      }
      case KeyStep.Retire retire -> retire(retire);
      case KeyStep.Destroy destroy -> destroy(destroy.key());
      case KeyStep.Forget forget -> {
        folder.forget(forget.number());
        statements.remove(forget.number());
      }
    }
  }

  private Purpose purpose(KeyStatement.Ring of) {
    return keeping.purposes().get().stream()
        .filter(purpose -> purpose.rings().contains(of))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no purpose has the ring " + of));
  }

  /** A crash between key and statement leaves a key that nobody knows; its label is used again. */
  private void prepare(List<KeyStep.Prepare> steps) throws IOException, GeneralSecurityException {
    int next = statements.isEmpty() ? 1 : statements.lastKey() + 1;
    List<PrivateKeys.Order> orders = new ArrayList<>();
    for (KeyStep.Prepare step : steps) {
      orders.add(
          new PrivateKeys.Order(KeyFolder.label(next + orders.size()), step.ring().algorithm()));
    }
    List<PrivateKeys.Outcome> outcomes = custody.makeAll(keeping.generation().keys(), orders);
    for (int i = 0; i < steps.size(); i++) {
      switch (outcomes.get(i)) {
        case PrivateKeys.Outcome.Made made -> prepared(steps.get(i), next + i, made.key());
        // The custody itself says so in the log.
        case PrivateKeys.Outcome.NotNow notNow -> obstacle = notNow.why();
      }
    }
  }

  private void prepared(KeyStep.Prepare step, int number, PrivateKeys.Key held) throws IOException {
    Purpose purpose = purpose(step.ring());
    KeyStatement statement =
        KeyStatement.builder(held.publicKey())
            .domain(keeping.domain())
            .issuer(keeping.issuer())
            .purpose(purpose.name())
            .tenants(purpose.tenants())
            .tokenTypes(purpose.tokenTypes())
            .audiences(purpose.audiences())
            .lifeMax(purpose.lifeMax())
            .active(step.window().from(), step.window().until())
            .verifyUntil(step.window().until().plus(purpose.schedule().afterlife()))
            .successorLead(purpose.schedule().propagation())
            .record(new RecordForm.Position(keeping.log().name()))
            .binding(purpose.binding())
            .publication(purpose.publication())
            .custody(custody.name(), custody.assurance())
            .build();
    keep(number, statement, held);
    LOG.log(
        System.Logger.Level.INFO,
        "key {0} of {1} is prepared. It can sign from {2} until {3}",
        statement.kid(),
        step.ring(),
        statement.activeFrom(),
        statement.activeUntil());
  }

  private void keep(int number, KeyStatement statement, PrivateKeys.Key held) throws IOException {
    folder.keep(number, statement);
    statements.put(number, statement);
    ring = ring.with(new TokenKey(number, statement, held));
  }

  private void postpone(KeyStep.Postpone step) throws IOException {
    TokenKey key = step.key();
    KeyStatement later =
        key.statement().toBuilder()
            .active(step.window().from(), step.window().until())
            .verifyUntil(step.window().until().plus(purpose(key.ring()).schedule().afterlife()))
            .build();
    ring = ring.without(key);
    keep(key.number(), later, key.held());
    postponed.add(key.kid());
    obstacle = waits(later);
    LOG.log(
        System.Logger.Level.INFO,
        "key {0} of {1} waits until every service knows it. It can sign from {2}",
        key.kid(),
        key.ring(),
        step.window().from());
  }

  private void state(TokenKey key, Instant now)
      throws IOException, SignerUnavailableException, InterruptedException {
    switch (ask(Commands.stateKey(key.statement(), keeping.log()))) {
      case Answer.Done done -> {
        ring = ring.withStated(List.of(key.kid()));
        LOG.log(System.Logger.Level.INFO, "key {0} is stated", key.kid());
      }
      case Answer.Refused refused -> refused(key, refused, now);
      case Answer.Issued issued -> obstacle = "the registrar answered another question";
      case Answer.Records records -> obstacle = "the registrar answered another question";
      case Answer.Recorded recorded -> obstacle = "the registrar answered another question";
    }
  }

  private void refused(TokenKey key, Answer.Refused refused, Instant now)
      throws IOException, SignerUnavailableException, InterruptedException {
    if (refused.code() == Answer.Code.TOO_SOON) {
      Optional<Counting> counting = readKeys();
      if (counting.isPresent() && !counting.get().stated().contains(key.kid())) {
        postpone(
            KeyDecisions.postpone(
                key, purpose(key.ring()).schedule(), counting.get().now(), counting.get().lead()));
      }
      return;
    }
    if (refused.code() == Answer.Code.OUT_OF_SCOPE
        && !purpose(key.ring()).wouldState(key.statement())) {
      // It was prepared before the configuration changed, and is stated nowhere: another one is.
      ring = ring.withSetAside(List.of(key.kid()), now);
      return;
    }
    obstacle = "the registrar refused the key (" + refused.code() + "): " + refused.text();
    if (!obstacle.equals(saidObstacle)) {
      saidObstacle = obstacle;
      LOG.log(System.Logger.Level.WARNING, obstacle);
    }
  }

  private void retire(KeyStep.Retire step)
      throws IOException, SignerUnavailableException, InterruptedException {
    Answer answer = ask(Commands.retireKey(step.kid()));
    // A key that was never stated has nothing to be retired from.
    if (answer instanceof Answer.Done
        || (answer instanceof Answer.Refused refused && refused.code() == Answer.Code.UNKNOWN)) {
      ring = ring.withRetired(List.of(step.kid()));
      LOG.log(
          System.Logger.Level.INFO,
          "key {0} is retired. It signs no more, and its private half is destroyed",
          step.kid());
    }
  }

  private void destroy(TokenKey key) throws IOException, GeneralSecurityException {
    listener.accept(Operation.KEY_DESTROY, key.kid());
    ring = ring.without(key);
    folder.markDestroyed(key.number());
    custody.destroy(keeping.generation().keys(), key.label());
    key.held().forget();
  }

  /** Which keys count, by the word of the signer's own registrar on its socket. */
  private record Counting(
      Set<String> stated,
      Set<String> takenBack,
      Set<String> retired,
      Instant now,
      Duration lead,
      Set<String> atOnce) {
    static Counting of(JsonObject result) throws FormatException {
      return new Counting(
          Set.copyOf(result.strings("stated")),
          Set.copyOf(result.strings("taken_back")),
          Set.copyOf(result.strings("retired")),
          KeyStatement.instant(result, "now"),
          Duration.ofSeconds(result.number("lead_s")),
          // A registrar of the version before does not say it.
          result.get("at_once") == null ? Set.of() : Set.copyOf(result.strings("at_once")));
    }
  }

  private Optional<Counting> readKeys() throws SignerUnavailableException, InterruptedException {
    if (ask(Commands.readKeys()) instanceof Answer.Done done) {
      try {
        Counting counting = Counting.of(done.result());
        atOnce = counting.atOnce();
        return Optional.of(counting);
      } catch (FormatException e) {
        LOG.log(System.Logger.Level.WARNING, "the registrar''s answer: {0}", e.getMessage());
      }
    }
    return Optional.empty();
  }

  private void watch(Instant now) throws SignerUnavailableException, InterruptedException {
    Optional<Counting> counting = readKeys();
    if (counting.isEmpty()) {
      return;
    }
    List<String> stated = new ArrayList<>();
    List<String> aside = new ArrayList<>();
    for (TokenKey key : ring.keys()) {
      String kid = key.kid();
      if (ring.setAside().containsKey(kid)) {
        continue;
      }
      if (counting.get().takenBack().contains(kid)) {
        LOG.log(
            System.Logger.Level.WARNING,
            "key {0} was tainted, withdrawn or revoked. It signs no more, and another"
                + " one is prepared",
            kid);
        aside.add(kid);
      } else if (counting.get().stated().contains(kid)) {
        stated.add(kid);
      } else if (ring.stated().contains(kid) && now.isBefore(key.statement().activeUntil())) {
        LOG.log(
            System.Logger.Level.WARNING,
            "key {0} is left out of the key set, because its scope exceeds the root''s"
                + " delegation now. It signs no more, and another one is prepared",
            kid);
        aside.add(kid);
      }
    }
    ring =
        ring.withStated(stated)
            .withSetAside(aside, now)
            .withRetired(
                statements.values().stream()
                    .map(KeyStatement::kid)
                    .filter(counting.get().retired()::contains)
                    .toList());
  }

  /**
   * Lets the keys not change until a time, or change again. The key log says it first.
   *
   * @return how the wish was answered
   */
  public synchronized Answer pause(Instant until, String by, Instant now)
      throws IOException, InterruptedException {
    Optional<Answer.Refused> objection =
        Pauses.objection(ring, keeping.purposes().get(), until, now);
    if (objection.isPresent()) {
      return objection.get();
    }
    try {
      Answer recorded = ask(Commands.pauseRotation(keeping.log().name(), until, by));
      if (recorded instanceof Answer.Done) {
        // A pause that goes on began when it began: the same key signs on.
        Instant since =
            ring.pause().filter(p -> p.holdsAt(now)).map(KeyRing.Pause::since).orElse(now);
        KeyRing.Pause pause = new KeyRing.Pause(since, until);
        folder.keep(pause);
        ring = ring.withPause(Optional.of(pause));
      }
      return recorded;
    } catch (SignerUnavailableException e) {
      return new Answer.Refused(
          Answer.Code.BUSY, "the registrar does not answer, so the key log cannot record it");
    }
  }

  /** Thumbprints of all keys of the generation whose tokens can still be good at an instant. */
  public synchronized List<String> kids(Instant now) {
    return statements.values().stream()
        .filter(statement -> now.isBefore(statement.verifyUntil()))
        .map(KeyStatement::kid)
        .toList();
  }

  /** Destroys every private half, for good. */
  public synchronized void destroyAll() throws IOException, GeneralSecurityException {
    List<TokenKey> held = ring.keys();
    held.forEach(key -> listener.accept(Operation.KEY_DESTROY, key.kid()));
    ring = KeyRing.empty();
    for (int number : folder.statements().keySet()) {
      folder.markDestroyed(number);
      custody.destroy(keeping.generation().keys(), KeyFolder.label(number));
    }
    held.forEach(key -> key.held().forget());
  }
}
