package dev.counterfoil.signer.rotation;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeyLogEvent.EndReason;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.log.Levels;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.checkpoint.Cosigner;
import dev.counterfoil.log.checkpoint.Cosigning;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.disk.LogRewoundException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.log.tiles.TreeState;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.log.tools.LogChecker;
import dev.counterfoil.process.cosigning.LogCosigning;
import dev.counterfoil.process.cosigning.StartConfirmation;
import dev.counterfoil.registrar.KeyWorld;
import dev.counterfoil.signer.MemoryDisk;
import dev.counterfoil.signer.generation.OpenedGeneration;
import dev.counterfoil.signer.growth.LogGuard;
import dev.counterfoil.signer.issuing.Issuance;
import dev.counterfoil.signer.issuing.SigningThreads;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Security;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One trust domain's signer and registrar, step by step under a clock that stands until it is
 * moved: the real key keeper, registrar, key log, issuing and token log, on disks of a {@link
 * Machine}. For simulations of whole worlds.
 *
 * <p>A signer that starts does what {@link OpenedGeneration} does on folders: it goes on with its
 * log, or, where that was put back or is gone, begins another generation and has the key log say
 * how the one before ended. Whoever holds the signer's folder can sign with every key in it.
 */
public final class SimulatedDomain implements AutoCloseable {
  private static final JournalOptions SMALL = new JournalOptions(64 << 10, 64 << 10);
  private static final Duration HEAD_EVERY = Duration.ofSeconds(4);
  private static final Duration DELEGATED_AHEAD = Duration.ofDays(5);
  private static final long ANSWERED_WITHIN_SECONDS = 20;
  private static final int RECORD_BYTES_MAX = 512 * 1024;

  private final KeyWorld world;
  private final Machine machine;
  private final SplittableRandom random;
  private final Map<String, TokenLog> logs = new LinkedHashMap<>();
  private final LogReader keyLog;
  private final Queue<Request.Command> ends = new ArrayDeque<>();
  private final List<Submission> waiting = new ArrayList<>();
  private Instant now;
  private Instant headAt;
  private Instant delegatedAt;
  private @Nullable Running running;
  private List<Cosigner> custodians = List.of();

  /** What a custodian's word showed of the log that runs. */
  private Optional<EndReason> contradiction = Optional.empty();

  /** A token log on its disks, whatever became of its signer. */
  private static final class TokenLog {
    private final String name;
    private final FaultyDisk journal;
    private final FaultyDisk published;
    private final NoteSigner signer;
    private final LogReader reader;

    TokenLog(String name, Machine machine, NoteSigner signer) {
      this.name = name;
      this.journal = machine.disk(name + " journal");
      this.published = machine.disk(name + " public");
      this.signer = signer;
      this.reader = new LogReader(published);
    }
  }

  /** The signer's process. */
  private record Running(
      TokenLog of, Log log, Issuance issuance, SigningThreads signing, LogCosigning cosigning) {}

  /** A copy of a signer's folder: its journal, and its keys. */
  public static final class FolderCopy {
    private final String log;
    private final Map<String, byte[]> journal;
    private final Map<String, KeyPair> pairs;
    private final MemoryDisk keys;

    private FolderCopy(
        String log, Map<String, byte[]> journal, Map<String, KeyPair> pairs, MemoryDisk keys) {
      this.log = log;
      this.journal = journal;
      this.pairs = pairs;
      this.keys = keys;
    }

    /** Name of the log that it is of. */
    public String log() {
      return log;
    }
  }

  /** Makes a domain and starts its signer. Signatures are AWS-LC's from then on. */
  public SimulatedDomain(Path folder, Instant start, String purposes, long seed) throws Exception {
    if (Security.getProvider(AwsLc.PROVIDER.getName()) == null) {
      Security.insertProviderAt(AwsLc.PROVIDER, 1);
    }
    random = new SplittableRandom(seed);
    machine = new Machine(random);
    now = start;
    headAt = start;
    delegatedAt = start;
    world = new KeyWorld(folder, start, purposes);
    keyLog = new LogReader(world.keyLogDisk());
    begin();
    startSigner();
  }

  public TrustPolicy policy() {
    return world.policy();
  }

  /** What the key log says. */
  public KeySet keySet() throws FormatException {
    return world.keySet();
  }

  /** The time of every part. What is due then happens with {@link #step}. */
  public void setTime(Instant instant) {
    now = instant;
    world.signersNow = instant;
    world.registrarsNow = instant;
  }

  /** What the processes do by themselves: heads, keys, checkpoints, ends of logs. */
  public void step() throws IOException, GeneralSecurityException, FormatException {
    if (!world.registrarIsAway) {
      if (now.isAfter(delegatedAt.plus(Duration.ofDays(30)).minus(DELEGATED_AHEAD))) {
        world.delegate();
        delegatedAt = now;
      }
      world.registrar.withdrawEnded();
      if (!now.isBefore(headAt.plus(HEAD_EVERY))) {
        world.registrar.signHead();
        headAt = now;
      }
    }
    if (running == null) {
      return;
    }
    try {
      world.keeper.step(now);
      world.keeper.step(now.plusMillis(1));
      tellEnds();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    checkpoint();
  }

  /** A checkpoint over what was issued, which is due 20 milliseconds after the last. */
  public void checkpoint() throws IOException {
    Running process = running;
    if (process != null) {
      try {
        process.log.checkpoint();
      } catch (Machine.CrashError e) {
        killSigner(random.nextBoolean());
      }
    }
  }

  private void tellEnds() throws InterruptedException {
    while (!ends.isEmpty()) {
      try {
        Answer answer = world.ask(ends.element());
        if (answer instanceof Answer.Refused refused && refused.code() == Answer.Code.BUSY) {
          return;
        }
        ends.remove();
      } catch (SignerUnavailableException e) {
        return;
      }
    }
  }

  public void setRegistrarAway(boolean away) {
    world.registrarIsAway = away;
  }

  public boolean isRegistrarAway() {
    return world.registrarIsAway;
  }

  // ---- The signer's process

  public boolean isRunning() {
    return running != null;
  }

  /** Whether the signer says that it issues. */
  public boolean isReady() {
    Running process = running;
    return process != null
        && !process.log.isSealed()
        && process.cosigning.mayGrow()
        && world.keeper.ring().anyActiveAt(now).isPresent();
  }

  /** Short name of the log that the signer writes, or wrote last. */
  public String logName() {
    return world.logName();
  }

  private TokenLog begin() {
    TokenLog log = new TokenLog(world.logName(), machine, world.logSigner());
    logs.put(log.name, log);
    return log;
  }

  private TokenLog current() {
    TokenLog log = logs.get(world.logName());
    if (log == null) {
      throw new IllegalStateException("no log " + world.logName());
    }
    return log;
  }

  /** Starts the signer; as {@link OpenedGeneration}. */
  public void startSigner() throws IOException, GeneralSecurityException {
    try {
      start();
    } catch (Machine.CrashError e) {
      killSigner(random.nextBoolean());
    }
  }

  private void start() throws IOException, GeneralSecurityException {
    boolean isNew = current().journal.names().isEmpty();
    Log log;
    try {
      log = open(current());
    } catch (LogRewoundException e) {
      succeed(e.records(), EndReason.ROLLED_BACK);
      isNew = true;
      log = open(current());
    }
    LogCosigning cosigning = cosigning(current(), log, isNew);
    world.startSigner();
    SigningThreads signing =
        new SigningThreads(
            1,
            failure -> {
              throw new AssertionError(failure);
            });
    Issuance issuance =
        new Issuance(
            () -> cosigning.mayGrow() ? world.keeper.ring() : KeyRing.empty(),
            () -> world.configured,
            SignerConfiguration.Quotas.DEFAULT,
            tenant -> Level.DURABLE,
            this::salt,
            () -> now,
            () -> now.toEpochMilli() * 1_000_000,
            waiting::add,
            signing);
    running = new Running(current(), log, issuance, signing, cosigning);
    log.checkpoint();
  }

  /** From the next start on the signer waits for the word of a custodian; as {@link LogGuard}. */
  public void trustCustodian(CosignerKey key) {
    custodians = List.of(new Cosigner(key.name(), key, Cosigner.Kind.CUSTODIAN, true));
  }

  private LogCosigning cosigning(TokenLog of, Log log, boolean isNew) {
    return new LogCosigning(
        of.name,
        new Cosigning(of.signer, log::tree, of.published, log.journal(), custodians, 0, log::raise),
        new StartConfirmation(
            isNew ? List.of() : custodians, () -> now, () -> now.toEpochMilli() * 1_000_000),
        custodians,
        false,
        () -> log.tree().size(),
        () -> now,
        () -> now.toEpochMilli() * 1_000_000,
        Runnable::run,
        Runnable::run,
        new Alarm());
  }

  private final class Alarm implements LogCosigning.Alarm {
    @Override
    public void rewound(Cosigning.Verdict.Rewound by) {
      contradiction = Optional.of(EndReason.ROLLED_BACK);
    }

    @Override
    public void contradicted(Cosigning.Verdict.Contradicted by, SignedNote note) {
      contradiction = Optional.of(EndReason.REPLACED);
    }

    @Override
    public void failed(Throwable cause) {
      throw new AssertionError(cause);
    }
  }

  /**
   * Takes what a custodian says that it holds of the log; as {@code SignerProcess}: one that shows
   * that the log was larger once ends it.
   */
  public void takeCosigned(byte[] note)
      throws FormatException, IOException, GeneralSecurityException {
    Running process = running;
    if (process == null) {
      return;
    }
    process.cosigning.addCosignatures(
        Commands.addCosignatures(process.of.name, SignedNote.parse(note)), answer -> {});
    if (contradiction.isPresent()) {
      EndReason reason = contradiction.get();
      contradiction = Optional.empty();
      long size = process.log.tree().size();
      process.log.seal();
      world.keeper.destroyAll();
      killSigner(false);
      succeed(size, reason);
    }
  }

  private byte[] salt() {
    byte[] salt = new byte[TokenId.SALT_BYTES];
    random.nextBytes(salt);
    return salt;
  }

  private Log open(TokenLog log) throws IOException {
    return Log.open(
        log.journal,
        log.published,
        SMALL,
        log.signer,
        () -> now,
        random,
        new Levels(Levels.Options.DEFAULT, () -> 0));
  }

  /** The present generation ends, and the next begins with other keys. */
  private void succeed(long size, EndReason reason) throws IOException, GeneralSecurityException {
    TokenLog old = current();
    long published = old.reader.published().map(one -> one.checkpoint().size()).orElse(0L);
    world.nextGeneration();
    begin();
    ends.add(
        Commands.endLog(old.name, Math.max(size, published), Optional.of(world.logName()), reason));
  }

  /** Ends the process. */
  public void killSigner(boolean losesPower) {
    Running process = running;
    running = null;
    waiting.clear();
    if (losesPower) {
      machine.restartMachine();
    } else {
      machine.restartProcess();
    }
    if (process != null) {
      try {
        process.signing.finish();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }

  /** The process will die in one of the next changes to its disks. */
  public void killSignerWithin(int changes) {
    machine.crashWithin(changes);
  }

  /**
   * Issues tokens that are recorded together. A process that dies on the way answers nobody, and is
   * then not {@link #isRunning}.
   *
   * @return what each request was answered; empty where it was not
   */
  public List<Optional<Answer>> issue(List<IssueRequest> requests) throws InterruptedException {
    Running process = running;
    List<Optional<Answer>> none = requests.stream().map(one -> Optional.<Answer>empty()).toList();
    if (process == null) {
      return none;
    }
    List<BlockingQueue<Answer>> answers = new ArrayList<>();
    for (IssueRequest request : requests) {
      BlockingQueue<Answer> answer = new LinkedBlockingQueue<>();
      answers.add(answer);
      process.issuance.issue(request, answer::add);
    }
    List<Submission> submitted = List.copyOf(waiting);
    waiting.clear();
    try {
      process.log.sequence(submitted);
    } catch (Machine.CrashError e) {
      killSigner(random.nextBoolean());
      return none;
    }
    List<Optional<Answer>> answered = new ArrayList<>();
    for (BlockingQueue<Answer> answer : answers) {
      answered.add(Optional.ofNullable(answer.poll(ANSWERED_WITHIN_SECONDS, TimeUnit.SECONDS)));
    }
    return answered;
  }

  // ---- What whoever can read the signer's folder does

  /** A copy of the folder as it lies there. */
  public FolderCopy copyFolder() {
    return new FolderCopy(
        world.logName(),
        current().journal.image(),
        new HashMap<>(world.keys.pairs),
        world.keyDisk.copy());
  }

  /** Puts a copy of the present generation's folder back. The process must have ended. */
  public void putBack(FolderCopy copy) {
    if (running != null || !copy.log.equals(world.logName())) {
      throw new IllegalStateException("it is in use, or of another generation");
    }
    current().journal.putBack(copy.journal);
    world.keys.pairs.clear();
    world.keys.pairs.putAll(copy.pairs);
    world.keyDisk = copy.keys.copy();
  }

  /** Removes the folder. A start begins another generation, and nobody says how this one ended. */
  public void deleteFolder() throws IOException, GeneralSecurityException {
    if (running != null) {
      throw new IllegalStateException("it is in use");
    }
    current().journal.putBack(Map.of());
    world.nextGeneration();
    begin();
  }

  /** The journal's files go while the process runs, which goes on writing into what it has open. */
  public void loseJournal() {
    current().journal.putBack(Map.of());
  }

  /** The digest of the counterfoil that lies on the signer's disk, for whoever opens it now. */
  public Optional<Hash> recordedOnDisk(String log, long position) throws IOException {
    TokenLog known = logs.get(log);
    if (known == null || known.journal.names().isEmpty()) {
      return Optional.empty();
    }
    List<byte[]> records =
        JournalReader.open(known.journal, known.signer.key().name())
            .read(position, 1, RECORD_BYTES_MAX);
    try {
      return records.isEmpty()
          ? Optional.empty()
          : Optional.of(Counterfoil.parse(records.getFirst()).leaf().digest());
    } catch (FormatException e) {
      throw new IOException("a journal holds what is no counterfoil", e);
    }
  }

  /** The private halves that lie in the folder, by the ids of their keys. */
  public Map<String, KeyPair> stealKeys() {
    Map<String, KeyPair> stolen = new LinkedHashMap<>();
    for (TokenKey key : world.keeper.ring().keys()) {
      KeyPair pair = world.keys.pairs.get("k" + key.number());
      if (pair != null) {
        stolen.put(key.kid(), pair);
      }
    }
    return stolen;
  }

  // ---- What an authority gives out

  /**
   * What lies below {@code /logs/}.
   *
   * @throws FileNotFoundException when there is no such thing
   */
  public byte[] published(String log, String path) throws IOException {
    LogReader reader = reader(log);
    if (path.equals("checkpoint")) {
      return reader
          .published()
          .map(one -> one.note().bytes())
          .orElseThrow(SimulatedDomain::notFound);
    }
    if (path.startsWith("proof/")) {
      return reader
          .proof(Long.parseLong(path.substring("proof/".length())))
          .map(TlogProof::bytes)
          .orElseThrow(SimulatedDomain::notFound);
    }
    Optional<Tile> tile = Tile.parse(path);
    if (tile.isEmpty()) {
      throw notFound();
    }
    return reader.find(tile.get()).orElseThrow(SimulatedDomain::notFound);
  }

  private LogReader reader(String log) throws FileNotFoundException {
    if (log.equals("keys")) {
      return keyLog;
    }
    TokenLog known = logs.get(log);
    if (known == null) {
      throw notFound();
    }
    return known.reader;
  }

  private static FileNotFoundException notFound() {
    return new FileNotFoundException("status 404");
  }

  /** The published size of a log; 0 where none can be read. */
  public long publishedSize(String log) {
    try {
      return reader(log).published().map(one -> one.checkpoint().size()).orElse(0L);
    } catch (IOException e) {
      // A power failure left a torn one, which its signer writes again.
      return 0;
    }
  }

  /**
   * Counterfoils of a log, as its signer gives them to custodians, and the head where they reach
   * the end.
   *
   * @param head empty where there are more
   */
  public record Given(List<byte[]> records, Optional<byte[]> head) {}

  /** Gives counterfoils from a position on; only a signer that runs does. */
  public Given records(String log, long from, int max) throws IOException {
    Running process = running;
    TokenLog known = logs.get(log);
    if (process == null || known == null) {
      throw new IOException("status 503");
    }
    boolean isCurrent = known == process.of;
    TreeState end = process.log.tree();
    JournalReader journal =
        isCurrent
            ? process.log.journal()
            : JournalReader.open(known.journal, known.signer.key().name());
    int count = (int) (isCurrent ? Math.min(max, end.size() - from) : max);
    List<byte[]> records = count <= 0 ? List.of() : journal.read(from, count, RECORD_BYTES_MAX);
    boolean isEnd = isCurrent && !records.isEmpty() && from + records.size() == end.size();
    return new Given(records, isEnd ? Optional.of(head(known, end)) : Optional.empty());
  }

  private static byte[] head(TokenLog log, TreeState end) throws IOException {
    try {
      return new Checkpoint(log.signer.key().name(), end.size(), end.root())
          .sign(log.signer)
          .bytes();
    } catch (GeneralSecurityException e) {
      throw new IOException("a log's key cannot sign", e);
    }
  }

  /** What a check of the log that the signer writes says, from its first entry on. */
  public LogCheck check() throws IOException {
    TokenLog log = current();
    return new LogChecker(
            new LogReader(log.published),
            log.signer.key(),
            Optional.empty(),
            Optional.of(log.journal),
            (entries, total) -> {})
        .check();
  }

  /**
   * Contains a theft, as an operator does: the signer's generation ends, its private halves are
   * destroyed, and its keys are revoked from the end of its log on.
   *
   * @return whether the registrar did so
   */
  public boolean contain() throws IOException, GeneralSecurityException {
    Running process = running;
    if (process == null || world.registrarIsAway) {
      return false;
    }
    List<String> kids = world.keeper.kids(now);
    long size = process.log.tree().size();
    try {
      process.log.seal();
      process.log.checkpoint();
    } catch (Machine.CrashError e) {
      // Its next start finishes a replacement that was killed.
      machine.restartProcess();
      Log again = open(current());
      again.seal();
      again.checkpoint();
    }
    world.keeper.destroyAll();
    killSigner(false);
    String log = world.logName();
    succeed(size, EndReason.REPLACED);
    return world.answer(Commands.revokeKeys(kids, log, size)) instanceof Answer.Done;
  }

  @Override
  public void close() throws IOException {
    killSigner(false);
    world.close();
  }
}
