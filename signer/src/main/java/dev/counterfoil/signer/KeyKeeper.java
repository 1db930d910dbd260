package dev.counterfoil.signer;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.format.RecordForm;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.log.FileDisk;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keeps a generation's keys: prepares the next one, has it stated, retires the old one, and stops
 * using one that the registrar took back. {@link #step} belongs to one thread and is run again and
 * again; what a crash leaves unfinished the next step finishes.
 */
final class KeyKeeper {
  private static final System.Logger LOG = System.getLogger(KeyKeeper.class.getName());

  /** How often the registrar is asked whether a key was taken back. */
  static final Duration WATCH = Duration.ofSeconds(2);

  private static final Pattern STATEMENT = Pattern.compile("k([1-9][0-9]{0,8})\\.statement");
  private static final int STATEMENT_BYTES_MAX = 64 * 1024;

  private final SignerConfiguration configuration;
  private final Generation generation;
  private final KeySet.StatedLog log;
  private final Custody custody;
  private final RegistrarLink registrar;
  private final FileDisk disk;
  private volatile KeyRing ring = KeyRing.empty();
  private volatile String obstacle = "the key is not stated yet";
  private final TreeMap<Integer, KeyStatement> statements = new TreeMap<>();
  private Instant watchedAt = Instant.MIN;

  KeyKeeper(
      SignerConfiguration configuration,
      Generation generation,
      KeySet.StatedLog log,
      Custody custody,
      RegistrarLink registrar)
      throws IOException {
    this.configuration = configuration;
    this.generation = generation;
    this.log = log;
    this.custody = custody;
    this.registrar = registrar;
    this.disk = FileDisk.privateFolder(generation.keys());
  }

  /** Takes up the keys that the folder holds. */
  void load(InstantSource clock) throws IOException, GeneralSecurityException {
    KeyRing loaded = KeyRing.empty();
    for (Map.Entry<Integer, KeyStatement> entry : readStatements(disk).entrySet()) {
      KeyStatement statement = entry.getValue();
      statements.put(entry.getKey(), statement);
      String label = label(entry.getKey());
      if (clock.instant().isBefore(statement.activeUntil().plus(KeyRing.RETIRE_AFTER))) {
        Custody.Key held = custody.open(generation.keys(), label);
        if (!held.publicKey().equals(statement.jwk())) {
          throw new GeneralSecurityException(
              "key "
                  + label
                  + " in "
                  + generation.keys()
                  + " is not the one of its statement: move the folder away and start with new keys");
        }
        loaded = loaded.with(new TokenKey(label, statement, held));
        if (!hasConfiguredScope(statement)) {
          LOG.log(
              System.Logger.Level.INFO,
              "key {0} is of another scope than the configuration: another one is prepared",
              statement.kid());
          loaded = loaded.withSetAside(List.of(statement.kid()));
        }
      } else {
        custody.destroy(generation.keys(), label);
      }
    }
    ring = loaded;
  }

  private boolean hasConfiguredScope(KeyStatement statement) {
    return statement.tenants().equals(configuration.allowedTenants())
        && statement.audiences().equals(configuration.allowedAudiences())
        && statement.tokenTypes().equals(configuration.allowedTokenTypes())
        && statement.lifeMax().equals(configuration.lifeMax());
  }

  private static NavigableMap<Integer, KeyStatement> readStatements(FileDisk disk)
      throws IOException, GeneralSecurityException {
    NavigableMap<Integer, KeyStatement> statements = new TreeMap<>();
    for (String name : disk.names()) {
      Matcher matcher = STATEMENT.matcher(name);
      if (matcher.matches()) {
        try {
          statements.put(
              Integer.parseInt(matcher.group(1)),
              KeyStatement.parse(
                  StrictJson.object(disk.read(name, STATEMENT_BYTES_MAX), STATEMENT_BYTES_MAX)));
        } catch (FormatException e) {
          throw new GeneralSecurityException(
              "key statement " + name + " in " + disk + " is damaged: " + e.getMessage(), e);
        }
      }
    }
    return statements;
  }

  private static String label(int number) {
    return "k" + number;
  }

  /** The keys as they stand; read by any thread. */
  KeyRing ring() {
    return ring;
  }

  /** What keeps the signer from having an active key; of interest while it has none. */
  String obstacle() {
    return obstacle;
  }

  /** Does what is due at an instant. */
  void step(Instant now) throws IOException, GeneralSecurityException, InterruptedException {
    retire(now);
    prepare(now);
    try {
      for (TokenKey key : ring.unstated()) {
        state(key);
      }
      if (!now.isBefore(watchedAt.plus(WATCH)) || now.isBefore(watchedAt)) {
        watchedAt = now;
        watch();
      }
    } catch (SignerUnavailableException e) {
      obstacle = "the registrar does not answer";
    }
  }

  private void retire(Instant now) throws IOException, GeneralSecurityException {
    for (TokenKey key : ring.retired(now)) {
      ring = ring.without(key);
      custody.destroy(generation.keys(), key.label());
      key.held().forget();
      LOG.log(
          System.Logger.Level.INFO,
          "key {0} is retired: its private half is destroyed",
          key.statement().kid());
    }
  }

  /** A crash between key and statement leaves a key that nobody knows; its label is used again. */
  private void prepare(Instant now) throws IOException, GeneralSecurityException {
    Optional<KeyRing.Window> due = ring.due(now, configuration.usagePeriod());
    if (due.isEmpty()) {
      return;
    }
    KeyRing.Window window = due.get();
    int number = statements.isEmpty() ? 1 : statements.lastKey() + 1;
    Custody.Key held = custody.make(generation.keys(), label(number), PublicJwk.Algorithm.ES256);
    KeyStatement statement =
        KeyStatement.builder(held.publicKey())
            .domain(configuration.domain())
            .issuer(configuration.issuer().toString())
            .purpose(KeyStatement.ACCESS)
            .tenants(configuration.allowedTenants())
            .tokenTypes(configuration.allowedTokenTypes())
            .audiences(configuration.allowedAudiences())
            .lifeMax(configuration.lifeMax())
            .active(window.from(), window.until())
            .verifyUntil(window.until().plus(configuration.lifeMax()).plus(KeyRing.SKEW))
            .record(new RecordForm.Position(log.name()))
            .binding(KeyStatement.Binding.NONE)
            .publication(KeyStatement.Publication.ORDINARY)
            .custody(custody.name(), custody.assurance())
            .build();
    disk.replace(label(number) + ".statement", statement.toJson().canonicalBytes());
    statements.put(number, statement);
    ring = ring.with(new TokenKey(label(number), statement, held));
    LOG.log(
        System.Logger.Level.INFO,
        "key {0} is prepared; it signs from {1} until {2}",
        statement.kid(),
        window.from(),
        window.until());
  }

  private void state(TokenKey key) throws SignerUnavailableException, InterruptedException {
    switch (registrar.ask(Commands.stateKey(key.statement(), log))) {
      case Answer.Done done -> {
        if (readKeys().filter(keys -> keys.stated().contains(key.statement().kid())).isPresent()) {
          ring = ring.withStated(key.statement().kid());
          LOG.log(System.Logger.Level.INFO, "key {0} is stated", key.statement().kid());
        }
      }
      case Answer.Refused refused -> {
        String why = "the registrar refused the key (" + refused.code() + "): " + refused.text();
        if (!why.equals(obstacle)) {
          LOG.log(System.Logger.Level.WARNING, why);
        }
        obstacle = why;
      }
      case Answer.Issued issued -> obstacle = "the registrar answered another question";
      case Answer.Records records -> obstacle = "the registrar answered another question";
      case Answer.Recorded recorded -> obstacle = "the registrar answered another question";
    }
  }

  /** Which keys count, by the word of the signer's own registrar on its socket. */
  private record Counting(Set<String> stated, Set<String> takenBack) {}

  private Optional<Counting> readKeys() throws SignerUnavailableException, InterruptedException {
    if (registrar.ask(Commands.readKeys()) instanceof Answer.Done done) {
      try {
        return Optional.of(
            new Counting(
                Set.copyOf(done.result().strings("stated")),
                Set.copyOf(done.result().strings("taken_back"))));
      } catch (FormatException e) {
        LOG.log(System.Logger.Level.WARNING, "the registrar''s answer: {0}", e.getMessage());
      }
    }
    return Optional.empty();
  }

  private void watch() throws SignerUnavailableException, InterruptedException {
    Optional<Counting> counting = readKeys();
    if (counting.isEmpty()) {
      return;
    }
    List<String> ours = new ArrayList<>();
    for (TokenKey key : ring.keys()) {
      String kid = key.statement().kid();
      if (ring.setAside().contains(kid)) {
        continue;
      }
      if (counting.get().takenBack().contains(kid)) {
        LOG.log(
            System.Logger.Level.WARNING,
            "key {0} was withdrawn or revoked: it signs no more, and another one is prepared",
            kid);
        ours.add(kid);
      } else if (ring.stated().contains(kid) && !counting.get().stated().contains(kid)) {
        LOG.log(
            System.Logger.Level.WARNING,
            "key {0} is left out of the key set, as its scope goes beyond the root''s delegation now: it signs no more, and another one is prepared",
            kid);
        ours.add(kid);
      }
    }
    if (!ours.isEmpty()) {
      ring = ring.withSetAside(ours);
    }
  }

  /** Thumbprints of all keys of the generation whose tokens can still be good at an instant. */
  List<String> kids(Instant now) {
    return statements.values().stream()
        .filter(statement -> now.isBefore(statement.verifyUntil()))
        .map(KeyStatement::kid)
        .toList();
  }

  /** Destroys every private half, for good. */
  void destroyAll() throws IOException, GeneralSecurityException {
    List<TokenKey> held = ring.keys();
    ring = KeyRing.empty();
    for (int number : readStatements(disk).keySet()) {
      custody.destroy(generation.keys(), label(number));
    }
    held.forEach(key -> key.held().forget());
  }
}
