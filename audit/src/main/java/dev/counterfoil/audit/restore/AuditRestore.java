package dev.counterfoil.audit.restore;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.event.EventOutline;
import dev.counterfoil.audit.event.Kept;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.forget.LegalHolds;
import dev.counterfoil.audit.intake.AuditKeyFile;
import dev.counterfoil.audit.intake.OwnEvents;
import dev.counterfoil.audit.intake.Restoration;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.audit.AuditLeaf;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.Extension;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.journal.RecordJournal;
import dev.counterfoil.log.record.RecordedEvent;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Makes an auditor's folder again from the records that a custodian holds and the keys that were
 * kept apart. Nothing of what the custodian gives is believed: each record is opened, and the event
 * in it held against its leaf; the tree over all leaves has to be the one that the log's key signed
 * and the custodian cosigned. Everything is made in a folder beside, and only a whole one gets the
 * name that was asked for.
 *
 * <p>A record whose people's keys are gone nobody can read; whose it is its outline proves, and of
 * one of an older build nothing but its leaf. Of those who were forgotten the log itself says so,
 * in an event that opens, and of the rest, who came after the copy of the keys, the caller decides
 * ({@link ClosedRecords}). Belongs to one thread.
 */
public final class AuditRestore implements AutoCloseable {
  /** What has to be kept apart, in the auditor's folder: never where the records are held. */
  public static final List<String> KEYS =
      List.of("log.key", AuditKeyFile.PUBLIC, "names/secret", "names/people");

  /** What is kept beside them where it is there: without it, counts get salts anew. */
  private static final String STATEMENT_SECRET = "counts/statement.secret";

  /** Longest file that is kept: more than as many names take as there may be. */
  static final int KEY_FILE_BYTES_MAX = 1 << 30;

  private static final String UNCLEAR =
      "restored without events of the auditor's, one of which may have said a hold: look, and end it";

  private final Path target;
  private final Path beside;
  private final RestoringFolder folder;
  private final AuditKeyFile key;
  private final Names names;
  private final RecordJournal journal;
  private final MerkleFrontier tree = new MerkleFrontier();
  private final TreeHasher hasher = new TreeHasher();
  private final TreeMap<Long, Checkpoint> seen = new TreeMap<>();
  private final String origin;
  private final boolean isOtherLog;
  private final ClosedRecords closed;
  private final int holdsMax;

  /** Of whom the auditor said last that they are on hold. */
  private final Map<Fence, LegalHolds.Hold> holds = new LinkedHashMap<>();

  /** Of whom the auditor said something that nobody can read, and nothing of holds since. */
  private final Set<Fence> unclear = new LinkedHashSet<>();

  /** Whether a record proved its outline: then each that follows does. */
  private boolean isProving;

  private String firstDomain = "";
  private long newestMillis;
  private boolean isDone;

  /**
   * What was restored.
   *
   * @param events how many
   * @param forgotten of those, by people who were forgotten
   * @param lost of those, by people whose keys are not among those that were kept
   * @param people how many people those are
   * @param lostOwn how many of the lost ones the auditor said: one of those may have said that
   *     somebody was forgotten, who then is not
   * @param missing events that the log had more, by a checkpoint that somebody saw
   * @param closed where the forgotten and the lost ones stand
   * @param unproven those of them that a build before wrote which gave no proof of outlines: of
   *     these the leaf alone is proven
   * @param held tenants that are on hold since one of the closed ones, which the auditor said, may
   *     have said a hold: as {@code domain/tenant}
   */
  public record Restored(
      long events,
      long forgotten,
      long lost,
      long people,
      long lostOwn,
      long missing,
      List<Range> closed,
      List<Range> unproven,
      List<String> held) {
    public Restored {
      closed = List.copyOf(closed);
      unproven = List.copyOf(unproven);
      held = List.copyOf(held);
    }
  }

  /**
   * Positions.
   *
   * @param first the first
   * @param last the last
   */
  public record Range(long first, long last) {
    /** Several, the first of them. */
    public static String text(List<Range> ranges) {
      String some =
          ranges.stream()
              .limit(SHOWN)
              .map(one -> one.first == one.last ? "" + one.first : one.first + "-" + one.last)
              .collect(Collectors.joining(", "));
      return ranges.size() > SHOWN ? some + " and more" : some;
    }

    private static final int SHOWN = 20;
  }

  /** What was given is not the log, or the keys are not its: nothing was restored. */
  public static final class NotRestoredException extends IOException {
    private static final long serialVersionUID = 1L;

    NotRestoredException(String message) {
      super(message);
    }

    NotRestoredException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Begins.
   *
   * @param target the auditor's folder: not there yet
   * @param keys folder with {@link #KEYS}
   * @param seen checkpoints of the log that somebody saw: it has to lead through each
   * @param origin of the log that goes on from here: the one that was lost, or where more was seen
   *     of that than comes back, another one, with a key of its own. It has the same leaves, and
   *     signs nothing that contradicts what the lost one signed
   * @throws FileAlreadyExistsException when the folder is there
   */
  public static AuditRestore begin(
      Path target, Path keys, List<Checkpoint> seen, Optional<String> origin, SecureRandom random)
      throws IOException {
    return begin(target, keys, seen, origin, random, LegalHolds.HOLDS_MAX);
  }

  static AuditRestore begin(
      Path target,
      Path keys,
      List<Checkpoint> seen,
      Optional<String> origin,
      SecureRandom random,
      int holdsMax)
      throws IOException {
    if (Files.exists(target)) {
      throw new FileAlreadyExistsException(target.toString());
    }
    for (String file : KEYS) {
      if (!Files.isRegularFile(keys.resolve(file))) {
        throw new NotRestoredException(
            keys + " has no " + file + ": it is to have what was kept of the auditor's folder");
      }
    }
    RestoringFolder folder = RestoringFolder.of(target);
    boolean isOpen = false;
    try {
      AuditRestore restore = new AuditRestore(target, folder, keys, seen, origin, random, holdsMax);
      isOpen = true;
      return restore;
    } finally {
      if (!isOpen) {
        folder.close();
      }
    }
  }

  /**
   * Removes what a killed restore left in a folder, which has keys in it. One that is under way is
   * left alone, and one that cannot be removed is told of in the process's log.
   */
  public static void removeLeftOver(Path folder) throws IOException {
    RestoringFolder.removeLeftOver(folder);
  }

  private AuditRestore(
      Path target,
      RestoringFolder folder,
      Path keys,
      List<Checkpoint> seen,
      Optional<String> origin,
      SecureRandom random,
      int holdsMax)
      throws IOException {
    this.target = target;
    this.folder = folder;
    this.beside = folder.path();
    this.holdsMax = holdsMax;
    FileDisk.privateFolder(beside.resolve(Names.FOLDER));
    FileDisk.privateFolder(beside.resolve("counts"));
    for (String file : KEYS) {
      copy(keys.resolve(file), beside.resolve(file));
    }
    if (Files.isRegularFile(keys.resolve(STATEMENT_SECRET))) {
      copy(keys.resolve(STATEMENT_SECRET), beside.resolve(STATEMENT_SECRET));
    }
    this.key = key(beside);
    this.origin = origin.orElse(key.key().name());
    this.isOtherLog = !this.origin.equals(key.key().name());
    for (Checkpoint one : seen) {
      Checkpoint other = this.seen.putIfAbsent(one.size(), one);
      if (other != null && !other.equals(one)) {
        throw new NotRestoredException(
            "two of what was seen differ at size " + one.size() + ": there are two histories");
      }
    }
    names = Names.open(FileDisk.privateFolder(beside.resolve(Names.FOLDER)), false, random);
    boolean isOpen = false;
    try {
      closed = new ClosedRecords(names);
      journal =
          RecordJournal.open(
              FileDisk.privateFolder(beside.resolve("journal")),
              this.origin,
              JournalOptions.EVENTS,
              random);
      isOpen = true;
    } finally {
      if (!isOpen) {
        names.close();
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    String name = Objects.requireNonNull(to.getFileName()).toString();
    FileDisk kept = FileDisk.toRead(Objects.requireNonNull(from.toAbsolutePath().getParent()));
    // As a private file: what it was before may have been readable to others.
    FileDisk.privateFolder(Objects.requireNonNull(to.getParent()))
        .replace(name, kept.read(name, KEY_FILE_BYTES_MAX));
  }

  private static AuditKeyFile key(Path folder) throws IOException {
    try {
      String vkey = Files.readString(folder.resolve(AuditKeyFile.PUBLIC)).strip();
      AuditKeyFile key = AuditKeyFile.openOrMake(folder, NoteKey.parse(vkey).name());
      SignedNote tried = SignedNote.sign("tried\n", key);
      if (tried.isSignedBy(key.key())) {
        return key;
      }
    } catch (FormatException | GeneralSecurityException e) {
      throw new NotRestoredException("log.key and log.vkey are no key", e);
    }
    throw new NotRestoredException("log.key and log.vkey are not of one key");
  }

  /** The log's key. */
  public NoteKey logKey() {
    return key.key();
  }

  /** Position of the record that is taken next. */
  public long next() {
    return tree.size();
  }

  /**
   * Takes the next record.
   *
   * @throws NotRestoredException when it is not that
   */
  public void take(byte[] record) throws IOException {
    long position = tree.size();
    RecordedEvent event;
    Kept kept;
    try {
      event = RecordedEvent.parse(record);
      if (event.position() != position) {
        throw new FormatException("it is of another position");
      }
      kept = open(event);
    } catch (FormatException e) {
      throw new NotRestoredException("record " + position + " is not taken: " + e.getMessage(), e);
    }
    if (kept instanceof StoredEvent stored) {
      learn(stored, event);
    }
    tree.append(event.leaf().hash(hasher));
    Checkpoint theirs = seen.get(tree.size());
    if (theirs != null
        && Extension.judge(theirs, new Checkpoint(theirs.origin(), tree.size(), tree.root()))
            == Extension.FORKED) {
      throw new NotRestoredException(
          "somebody saw another tree of size "
              + tree.size()
              + ": what the custodian gives is another history");
    }
    if (!journal.fits(record.length)) {
      commit();
    }
    journal.add(record);
  }

  private Kept open(RecordedEvent event) throws FormatException {
    EventOutline outline = EventOutline.of(event);
    boolean isProven = EventOutline.isProven(event, names);
    if (isProving && !isProven) {
      throw new FormatException("its outline is not the one that was written");
    }
    isProving = isProven;
    if (!closed.take(outline, isProven)) {
      return EventOutline.open(event, isProven, names);
    }
    if (Source.isAuditor(outline.stream().source())) {
      unclear.add(outline.fence());
    }
    return outline;
  }

  /** Holds an event against its leaf, and takes up what it tells of the folder that was lost. */
  private void learn(StoredEvent stored, RecordedEvent record) throws NotRestoredException {
    AuditEvent event = stored.event();
    if (!AuditLeaf.of(stored.salt(), event.canonicalBytes()).equals(record.leaf())) {
      throw new NotRestoredException(
          "record " + record.position() + " holds another event than its leaf says");
    }
    Fence fence = stored.fence();
    newestMillis = Math.max(newestMillis, event.loggedMillis());
    if (firstDomain.isEmpty()) {
      firstDomain = fence.domain();
    }
    if (!Source.isAuditor(event.reporter().orElse(""))) {
      return;
    }
    try {
      String code =
          event.json().object("metadata").get("event_code") instanceof String text ? text : "";
      closed.says(fence, event.json());
      if (code.equals(Operation.AUDIT_HOLD.code())) {
        unclear.remove(fence);
        if (event.json().object("api").string("operation").equals(OwnEvents.HOLD_ADD)) {
          String reason = event.json().string("message");
          holds.put(fence, new LegalHolds.Hold(fence, reason, event.timeMillis()));
        } else {
          holds.remove(fence);
        }
      }
    } catch (FormatException e) {
      throw new NotRestoredException(
          "event "
              + record.position()
              + " of the auditor's own is not as it has to be: "
              + e.getMessage(),
          e);
    }
  }

  /**
   * Ends: checks the whole, and gives the folder its name.
   *
   * @param held the checkpoint that the log's key signed and the custodian cosigned
   * @param custodian whose word that must be
   * @param isLossAllowed whether events may stay closed for good whose people's keys are not among
   *     those that were kept
   */
  public Restored finish(SignedNote held, CosignerKey custodian, boolean isLossAllowed)
      throws IOException {
    commit();
    requireHeld(held, custodian);
    ClosedRecords.Lost lost = closed.lost();
    if (lost.events() > 0 && !isLossAllowed) {
      throw new NotRestoredException(
          "the keys of %d people are not among those that were kept, and %d events of theirs would stay closed for good (%s): take a newer copy of names/people, or allow it"
              .formatted(lost.people(), lost.events(), Range.text(lost.positions())));
    }
    List<String> onHold = holdUnclear();
    closed.forget();
    new LegalHolds(FileDisk.privateFolder(beside.resolve("counts"))).addAll(holds.values());
    new Restoration(firstDomain, custodian.name(), tree.size(), lost.byTenant()).write(beside);
    if (isOtherLog) {
      // What the lost one signed stays checkable with its vkey. The other's key is made here, so
      // that a start under the lost one's name is told of the other.
      Files.delete(beside.resolve("log.key"));
      Files.move(beside.resolve(AuditKeyFile.PUBLIC), beside.resolve("log-before.vkey"));
      AuditKeyFile.openOrMake(beside, origin);
    } else {
      publish(held);
    }
    journal.close();
    names.close();
    folder.become(target);
    isDone = true;
    return new Restored(
        tree.size(),
        closed.count() - lost.events(),
        lost.events(),
        lost.people(),
        lost.own(),
        missing(),
        closed.positions(),
        closed.unproven(),
        onHold);
  }

  private void requireHeld(SignedNote held, CosignerKey custodian) throws NotRestoredException {
    Checkpoint checkpoint;
    try {
      checkpoint = Checkpoint.verify(held.bytes(), key.key());
    } catch (FormatException e) {
      throw new NotRestoredException(
          "what the custodian says that it holds is not signed by the log's key", e);
    }
    if (Cosignature.find(held, custodian).isEmpty()) {
      throw new NotRestoredException(
          "the checkpoint is not cosigned by " + custodian.name() + " with the key that was given");
    }
    if (checkpoint.size() != tree.size() || !checkpoint.root().equals(tree.root())) {
      throw new NotRestoredException(
          "the %d records do not make the tree of size %d that the custodian cosigned"
              .formatted(tree.size(), checkpoint.size()));
    }
    if (missing() > 0 && !isOtherLog) {
      throw new NotRestoredException(
          "the custodian holds %d events, and somebody saw %d: take another custodian's, or go on in a log of another name, as this one's key signed what does not come back"
              .formatted(tree.size(), seen.lastKey()));
    }
  }

  private long missing() {
    return seen.isEmpty() ? 0 : Math.max(0, seen.lastKey() - tree.size());
  }

  /** Nothing is deleted of whom nobody knows that he is on no hold; those tenants. */
  private List<String> holdUnclear() throws NotRestoredException {
    List<String> unknown = new ArrayList<>();
    for (Fence fence : unclear) {
      if (holds.putIfAbsent(fence, new LegalHolds.Hold(fence, UNCLEAR, newestMillis)) == null) {
        unknown.add(fence.name());
      }
    }
    if (holds.size() > holdsMax) {
      throw new NotRestoredException(
          "%d tenants would be on hold, of %d at the most, %d of them since nobody can read whether they are: take a newer copy of names/people"
              .formatted(holds.size(), holdsMax, unknown.size()));
    }
    return unknown;
  }

  /** The next start has to find the tree of this checkpoint in the journal. */
  private void publish(SignedNote held) throws IOException {
    List<SignedNote.NoteSignature> own =
        held.signatures().stream().filter(line -> line.name().equals(key.key().name())).toList();
    FileDisk.publicFolder(beside.resolve("public"))
        .replace("checkpoint", new SignedNote(held.text(), own).bytes());
  }

  private void commit() throws IOException {
    if (!journal.commit()) {
      throw new IOException("the disk of " + target + " is full: make room, then restore again");
    }
  }

  /** Leaves nothing of one that was not finished. */
  @Override
  public void close() throws IOException {
    if (!isDone) {
      journal.close();
      names.close();
      folder.close();
    }
  }
}
