package dev.counterfoil.audit.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.event.EventOutline;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.audit.names.KeyedName;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.TestCosigner;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.journal.RecordJournal;
import dev.counterfoil.log.record.RecordedEvent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An auditor's folder that was lost is made again from a custodian's records and the keys. */
class AuditRestoreTest {
  private static final Source MAIL = new Source("trial", "mail", Optional.empty());
  private static final Fence ACME = new Fence("trial", "acme");
  private static final Fence GLOBEX = new Fence("trial", "globex");
  private static final Reader OPERATOR =
      new Reader("counterfoil", Optional.of("root"), Optional.empty());
  private static final String ORIGIN = "monitor.example/audit";
  private static final String ALICE = "alice@acme.example";
  private static final String BOB = "bob@acme.example";
  private static final SecureRandom RANDOM = new SecureRandom();

  @TempDir Path folder;
  private final CosignatureSigner custodian =
      new TestCosigner("custodian.example/c1", CosignerKey.Algorithm.ED25519, 1);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private Path keys;
  private Path restored;

  @SuppressWarnings("NullAway.Init") // each test starts with one
  private Auditor auditor;

  @BeforeEach
  void open() throws Exception {
    keys = folder.resolve("keys");
    restored = folder.resolve("restored");
    auditor = start(folder.resolve("audit"));
    report("acme", 0, ALICE, 10);
    report("globex", 10, "carol@globex.example", 5);
    auditor.hold(GLOBEX, "Case 17", OPERATOR);
  }

  private Auditor start(Path of) throws IOException {
    return start(of, ORIGIN);
  }

  private Auditor start(Path of, String origin) throws IOException {
    return Auditor.start(
        new Auditor.Settings(
            of, origin, new JournalOptions(1 << 20, 0), 1_000_000, 1_000_000, 1L << 40),
        InstantSource.fixed(Instant.ofEpochMilli(SampleEvents.TIME + 60_000)),
        RANDOM,
        failure::set);
  }

  @AfterEach
  void close() throws IOException {
    auditor.close();
    assertThat(failure).hasNullValue();
  }

  private void report(String tenant, int from, String mailbox, int count) throws Exception {
    List<JsonObject> events = new ArrayList<>();
    for (int i = from; i < from + count; i++) {
      events.add(SampleEvents.read(tenant, i, mailbox, "s1g1." + i + ".x"));
    }
    assertThat(auditor.take(MAIL, SampleEvents.lines(events)))
        .isInstanceOfSatisfying(
            IntakeAnswer.Taken.class, taken -> assertThat(taken.recorded()).isEqualTo(count));
  }

  private void keepKeys() throws IOException {
    for (String file : AuditRestore.KEYS) {
      Path to = keys.resolve(file);
      Files.createDirectories(to.getParent());
      Files.deleteIfExists(to);
      Files.copy(folder.resolve("audit").resolve(file), to);
    }
  }

  private List<byte[]> records() throws Exception {
    SealedRecords sealed = auditor.sealedRecords();
    List<byte[]> records = new ArrayList<>();
    while (records.size() < sealed.size()) {
      ByteBuffer packed = ByteBuffer.wrap(sealed.read(records.size(), 0).packed());
      while (packed.hasRemaining()) {
        byte[] record = new byte[packed.getInt()];
        packed.get(record);
        records.add(record);
      }
    }
    return records;
  }

  /** The custodian's word, as he gives it: the log's checkpoint, and his line. */
  private SignedNote held() throws Exception {
    SignedNote head = SignedNote.parse(auditor.sealedRecords().read(0, 0).head());
    List<SignedNote.NoteSignature> lines = new ArrayList<>(head.signatures());
    lines.add(Cosignature.make(head.text(), 1_795_737_700L, custodian).line());
    return new SignedNote(head.text(), lines);
  }

  private AuditRestore.Restored restore(
      List<byte[]> records, SignedNote held, List<Checkpoint> seen, boolean allowLost)
      throws IOException {
    return restore(records, held, seen, Optional.empty(), allowLost);
  }

  private AuditRestore.Restored restore(
      List<byte[]> records,
      SignedNote held,
      List<Checkpoint> seen,
      Optional<String> origin,
      boolean allowLost)
      throws IOException {
    try (AuditRestore restore = AuditRestore.begin(restored, keys, seen, origin, RANDOM)) {
      return finish(restore, records, held, allowLost);
    }
  }

  private AuditRestore.Restored finish(
      AuditRestore restore, List<byte[]> records, SignedNote held, boolean allowLost)
      throws IOException {
    for (byte[] record : records) {
      restore.take(record);
    }
    return restore.finish(held, custodian.key(), allowLost);
  }

  private void refuse(
      String why, List<byte[]> records, SignedNote held, List<Checkpoint> seen, boolean allowLost)
      throws IOException {
    assertThatThrownBy(() -> restore(records, held, seen, allowLost))
        .isInstanceOf(AuditRestore.NotRestoredException.class)
        .hasMessageContaining(why);
    try (var left = Files.list(folder)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .as("nothing is left of it")
          .containsOnly("audit", "keys");
    }
  }

  private AuditBundle.Proved export(Fence fence) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    auditor.export(fence, EventQuery.parse(name -> Optional.empty()), OPERATOR, out);
    return AuditBundle.check(new ByteArrayInputStream(out.toByteArray()), auditor.key(), one -> {});
  }

  private long found(Fence fence, String mailbox) throws Exception {
    while (auditor.indexed() < auditor.size()) {
      assertThat(failure).hasNullValue();
      Thread.sleep(5);
    }
    Map<String, String> asked = Map.of("entity", mailbox);
    return auditor
        .search(fence, EventQuery.parse(name -> Optional.ofNullable(asked.get(name))), OPERATOR)
        .events()
        .size();
  }

  @Test
  void everyEventComesBackAndTheLogGoesOn() throws Exception {
    keepKeys();
    List<byte[]> records = records();
    SignedNote held = held();
    auditor.close();
    assertThat(restore(records, held, List.of(Checkpoint.parse(held.text())), false))
        .isEqualTo(new AuditRestore.Restored(16, 0, 0, 0, 0, 0, List.of(), List.of(), List.of()));
    auditor = start(restored);
    assertThat(found(ACME, ALICE)).isEqualTo(10);
    assertThat(auditor.holds())
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.fence()).isEqualTo(GLOBEX);
              assertThat(one.reason()).isEqualTo("Case 17");
            });
    report("acme", 15, ALICE, 3);
    assertThat(
            auditor.take(MAIL, SampleEvents.lines(SampleEvents.read("acme", 4, ALICE, "s1g1.4.x"))))
        .isInstanceOfSatisfying(
            IntakeAnswer.Taken.class, taken -> assertThat(taken.repeated()).isEqualTo(1));
    assertThat(export(ACME).complete()).isTrue();
    assertThat(export(GLOBEX).complete()).isTrue();
    AuditBundle.Proved own = export(new Fence("trial", "counterfoil"));
    assertThat(own.complete()).isTrue();
    assertThat(own.events()).as("that it was restored, and who exported").isEqualTo(2);
    List<String> differences = new ArrayList<>();
    assertThat(auditor.check(differences::add).differences()).as("%s", differences).isZero();
    auditor.close();
    auditor = start(restored);
    assertThat(export(new Fence("trial", "counterfoil")).events())
        .as("it is said once")
        .isEqualTo(3);
  }

  private static RecordedEvent ofAnotherLeaf(RecordedEvent record) {
    return new RecordedEvent(
        record.position(),
        record.timeMillis(),
        Hash.sha256(new byte[1]),
        record.outline(),
        record.sealed());
  }

  @Test
  void whatTheCustodianChangedIsRefused() throws Exception {
    keepKeys();
    List<byte[]> records = records();
    SignedNote held = held();
    RecordedEvent seventh = RecordedEvent.parse(records.get(7));
    byte[] sealed = seventh.sealed().clone();
    sealed[20] ^= 1;
    refuse(
        "record 7 is not taken",
        with(
            records,
            7,
            new RecordedEvent(
                7, seventh.timeMillis(), seventh.digest(), seventh.outline(), sealed)),
        held,
        List.of(),
        true);
    byte[] outline = seventh.outline().clone();
    outline[7] ^= 1;
    refuse(
        "record 7 is not taken",
        with(
            records,
            7,
            new RecordedEvent(
                7, seventh.timeMillis(), seventh.digest(), outline, seventh.sealed())),
        held,
        List.of(),
        true);
    refuse(
        "its outline is not the one that was written",
        with(records, 7, ofAnotherLeaf(seventh)),
        held,
        List.of(),
        true);
    List<byte[]> before = asBefore(records);
    refuse(
        "another event than its leaf",
        with(before, 7, ofAnotherLeaf(RecordedEvent.parse(before.get(7)))),
        held,
        List.of(),
        true);
    RecordedEvent eighth = RecordedEvent.parse(records.get(8));
    refuse(
        "do not make the tree",
        with(
            with(
                records,
                8,
                new RecordedEvent(8, 0, seventh.digest(), seventh.outline(), seventh.sealed())),
            7,
            new RecordedEvent(7, 0, eighth.digest(), eighth.outline(), eighth.sealed())),
        held,
        List.of(),
        true);
    refuse("do not make the tree", records.subList(0, 15), held, List.of(), true);
    // The control.
    assertThat(restore(records, held, List.of(), false).events()).isEqualTo(16);
  }

  private static List<AuditRestore.Range> range(long first, long last) {
    return List.of(new AuditRestore.Range(first, last));
  }

  private static List<byte[]> with(List<byte[]> records, int position, RecordedEvent other) {
    List<byte[]> changed = new ArrayList<>(records);
    changed.set(position, other.encode());
    return changed;
  }

  @Test
  void aWordThatIsNotTheCustodiansAndAShorterLogThanWasSeenAreRefused() throws Exception {
    keepKeys();
    List<byte[]> records = records();
    SignedNote held = held();
    SignedNote uncosigned = SignedNote.parse(auditor.sealedRecords().read(0, 0).head());
    report("acme", 15, ALICE, 1);
    Checkpoint later = Checkpoint.parse(held().text());
    refuse("is not cosigned", records, uncosigned, List.of(), false);
    refuse("somebody saw 17", records, held, List.of(Checkpoint.parse(held.text()), later), false);
    refuse(
        "another tree of size 5",
        records,
        held,
        List.of(new Checkpoint(ORIGIN, 5, Hash.sha256(new byte[3]))),
        false);
    // In a log of another name it goes on with what there is.
    auditor.close();
    assertThat(
            restore(records, held, List.of(later), Optional.of("monitor.example/audit-2"), false))
        .isEqualTo(new AuditRestore.Restored(16, 0, 0, 0, 0, 1, List.of(), List.of(), List.of()));
    assertThatThrownBy(() -> start(restored))
        .as("a start by the configuration of before")
        .hasMessageContaining("of monitor.example/audit-2, not of " + ORIGIN);
    auditor = start(restored, "monitor.example/audit-2");
    assertThat(auditor.key().name()).isEqualTo("monitor.example/audit-2");
    assertThat(found(ACME, ALICE)).isEqualTo(10);
    assertThat(export(ACME).complete()).isTrue();
    assertThat(Checkpoint.of(ORIGIN, 16, auditor.reader().hashes(16)).root())
        .as("the tree is the one that went before")
        .isEqualTo(Checkpoint.parse(held.text()).root());
  }

  @Test
  void keysAndWordsThatAreNotTheLogsAreRefused() throws Exception {
    keepKeys();
    List<byte[]> records = records();
    SignedNote held = held();
    SignedNote other =
        new SignedNote(
            held.text(), List.of(Cosignature.make(held.text(), 1_795_737_700L, custodian).line()));
    refuse("not signed by the log's key", records, other, List.of(), false);
    Path people = keys.resolve("names/people");
    try (FileChannel file = FileChannel.open(people, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.allocate(1), AuditRestore.KEY_FILE_BYTES_MAX);
    }
    assertThatThrownBy(() -> restore(records, held, List.of(), false))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("people is longer than");
    Files.delete(people);
    refuse("has no names/people", records, held, List.of(), false);
    keepKeys();
    assertThat(restore(records, held, List.of(), false).events()).as("the control").isEqualTo(16);
  }

  @Test
  void whoCameAfterTheCopyOfTheKeysIsReadByNobodyAndTheLogSaysSo() throws Exception {
    keepKeys();
    report("acme", 15, BOB, 4);
    List<byte[]> records = records();
    SignedNote held = held();
    auditor.close();
    refuse("the keys of 1 people", records, held, List.of(), false);
    assertThat(restore(records, held, List.of(), true))
        .isEqualTo(
            new AuditRestore.Restored(20, 0, 4, 1, 0, 0, range(16, 19), List.of(), List.of()));
    auditor = start(restored);
    assertThat(found(ACME, BOB)).isZero();
    assertThat(found(ACME, ALICE)).isEqualTo(10);
    AuditBundle.Proved proved = export(ACME);
    assertThat(proved.complete()).as("each is accounted for").isTrue();
    assertThat(proved.deleted()).isEqualTo(4);
    List<String> differences = new ArrayList<>();
    assertThat(auditor.check(differences::add).differences()).as("%s", differences).isZero();
  }

  @Test
  void whoWasForgottenStaysForgottenThoughAnOldCopyHasHisKey() throws Exception {
    report("acme", 15, BOB, 4);
    assertThat(found(ACME, BOB)).isEqualTo(4);
    keepKeys();
    assertThat(auditor.forget(ACME, BOB, "request 12", OPERATOR).refusal()).isEmpty();
    List<byte[]> records = records();
    SignedNote held = held();
    auditor.close();
    assertThat(restore(records, held, List.of(), false).lost()).isZero();
    assertThat(Files.readAllBytes(restored.resolve("names/people")))
        .isNotEqualTo(Files.readAllBytes(keys.resolve("names/people")));
    auditor = start(restored);
    assertThat(found(ACME, BOB)).isZero();
    assertThat(found(ACME, ALICE)).isEqualTo(10);
    AuditBundle.Proved proved = export(ACME);
    assertThat(proved.complete()).isTrue();
    assertThat(proved.deleted()).isEqualTo(4);
  }

  private static String pseudonymIn(List<byte[]> records, int position) throws Exception {
    EventOutline outline = EventOutline.of(records.get(position));
    return outline.entity().or(outline::actor).orElseThrow();
  }

  /** The records, one of them outlined otherwise: as another tenant's, of somebody else. */
  private static List<byte[]> outlined(
      List<byte[]> records, int position, String tenant, String pseudonym) throws Exception {
    RecordedEvent record = RecordedEvent.parse(records.get(position));
    EventOutline before = EventOutline.of(records.get(position));
    ByteArrayOutputStream outline = new ByteArrayOutputStream();
    outline.write(ByteBuffer.allocate(Long.BYTES).putLong(before.sequence()).array());
    for (String text :
        List.of(
            before.stream().source(),
            before.stream().log(),
            tenant,
            before.actor().isPresent() ? pseudonym : "",
            before.entity().isPresent() ? pseudonym : "")) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      outline.write(ByteBuffer.allocate(Short.BYTES).putShort((short) bytes.length).array());
      outline.write(bytes);
    }
    return with(
        records,
        position,
        new RecordedEvent(
            position,
            record.timeMillis(),
            record.digest(),
            outline.toByteArray(),
            record.sealed()));
  }

  /** The same as a build wrote them that gave no proof of outlines. */
  private List<byte[]> asBefore(List<byte[]> records) throws Exception {
    Path copy = Files.createDirectories(folder.resolve("audit/copy-of-names"));
    for (String file : List.of("secret", "people")) {
      Files.copy(folder.resolve("audit/names").resolve(file), copy.resolve(file));
    }
    List<byte[]> before = new ArrayList<>();
    try (Names names = Names.open(FileDisk.privateFolder(copy), false, RANDOM)) {
      for (byte[] record : records) {
        RecordedEvent now = RecordedEvent.parse(record);
        assertThat(EventOutline.isProven(now, names)).isTrue();
        byte[] sealed =
            EventOutline.open(record, names) instanceof StoredEvent opened
                ? opened.people().sealEvent(opened.event().canonicalBytes(), now.outline())
                : Arrays.copyOf(now.sealed(), now.sealed().length - Names.OUTLINE_PROOF_BYTES);
        before.add(
            new RecordedEvent(now.position(), now.timeMillis(), now.digest(), now.outline(), sealed)
                .encode());
      }
    }
    return before;
  }

  @Test
  void aRecordIsOutlinedAsItWasWritten() throws Exception {
    keepKeys();
    report("acme", 15, BOB, 4);
    List<byte[]> records = records();
    List<byte[]> before = asBefore(records);
    SignedNote held = held();
    String why = "its outline is not the one that was written";
    // One that opens, and one that does not: with a pseudonym that he makes up, or none of his own.
    for (int position : List.of(3, 17)) {
      String its = pseudonymIn(records, position);
      refuse(why, outlined(records, position, "acme", "madeUpBySome"), held, List.of(), true);
      refuse(why, outlined(records, position, "globex", its), held, List.of(), true);
      // The same that has no proof, as if it were older than those before it.
      refuse(
          why,
          with(records, position, RecordedEvent.parse(before.get(position))),
          held,
          List.of(),
          true);
    }
    byte[] first = records.getFirst();
    List<byte[]> cut = new ArrayList<>(records);
    RecordedEvent proven = RecordedEvent.parse(first);
    cut.set(
        0,
        new RecordedEvent(
                0,
                proven.timeMillis(),
                proven.digest(),
                proven.outline(),
                Arrays.copyOf(proven.sealed(), proven.sealed().length - Names.OUTLINE_PROOF_BYTES))
            .encode());
    refuse("record 0 is not taken: a sealed part does not open", cut, held, List.of(), true);
    // The controls: as they are, of an older build, and where a newer one went on.
    assertThat(restore(records, held, List.of(), true).unproven()).isEmpty();
    removeRestored();
    assertThat(restore(before, held, List.of(), true).unproven()).isEqualTo(range(16, 19));
    removeRestored();
    List<byte[]> both = new ArrayList<>(before.subList(0, 17));
    both.addAll(records.subList(17, records.size()));
    AuditRestore.Restored some = restore(both, held, List.of(), true);
    assertThat(some.closed()).isEqualTo(range(16, 19));
    assertThat(some.unproven()).isEqualTo(range(16, 16));
    auditor.close();
    auditor = start(restored);
    assertThat(found(ACME, ALICE)).as("an older one is read as before").isEqualTo(10);
    assertThat(export(ACME).complete()).isTrue();
  }

  private void removeRestored() throws IOException {
    try (var files = Files.walk(restored)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void aRecordThatNoKeyOpensIsOfItsTenantAlone() throws Exception {
    keepKeys();
    report("acme", 15, BOB, 4);
    List<byte[]> records = asBefore(records());
    SignedNote held = held();
    String alice = pseudonymIn(records, 3);
    String bob = pseudonymIn(records, 17);
    refuse(
        "record 11 is not taken: it names somebody who is another tenant's",
        outlined(records, 11, "globex", alice),
        held,
        List.of(),
        true);
    refuse(
        "record 17 is not taken: it names somebody who is another tenant's",
        outlined(records, 17, "globex", bob),
        held,
        List.of(),
        true);
    for (String tenant : List.of("a".repeat(256), "ac\tme")) {
      refuse(
          "record 17 is not taken: member tenant",
          outlined(records, 17, tenant, bob),
          held,
          List.of(),
          true);
    }
    // The control: outlined so as it was.
    assertThat(restore(outlined(records, 17, "acme", bob), held, List.of(), true).closed())
        .isEqualTo(range(16, 19));
  }

  @Test
  void aRecordIsNotForgottenForItsOutline() throws Exception {
    report("acme", 15, BOB, 4);
    assertThat(found(ACME, BOB)).isEqualTo(4);
    assertThat(auditor.forget(ACME, BOB, "request 12", OPERATOR).refusal()).isEmpty();
    keepKeys();
    List<byte[]> records = asBefore(records());
    SignedNote held = held();
    String bob = pseudonymIn(records, 17);
    refuse("(3)", outlined(records, 3, "acme", bob), held, List.of(), false);
    refuse("(3)", outlined(records, 3, "acme", "madeUpBySome"), held, List.of(), false);
    refuse("another tenant's", outlined(records, 11, "globex", bob), held, List.of(), true);
    // The control.
    AuditRestore.Restored whole = restore(records, held, List.of(), false);
    assertThat(whole.forgotten()).isEqualTo(4);
    assertThat(whole.lost()).isZero();
    assertThat(whole.closed()).isEqualTo(range(16, 19));
  }

  @Test
  void noMoreIsForgottenThanTheLogSays() throws Exception {
    report("acme", 15, BOB, 2);
    report("acme", 17, ALICE, 1);
    report("acme", 18, BOB, 2);
    assertThat(found(ACME, BOB)).isEqualTo(4);
    assertThat(auditor.forget(ACME, BOB, "request 12", OPERATOR).refusal()).isEmpty();
    keepKeys();
    List<byte[]> records = asBefore(records());
    SignedNote held = held();
    refuse(
        "(16-20)", outlined(records, 18, "acme", pseudonymIn(records, 17)), held, List.of(), false);
    // The control.
    assertThat(restore(records, held, List.of(), false).forgotten()).isEqualTo(4);
  }

  @Test
  void aForgettingOfWhichNoEventComesBackIsLostAndTheRestIsNot() throws Exception {
    report("acme", 15, BOB, 4);
    assertThat(found(ACME, BOB)).isEqualTo(4);
    List<byte[]> records = records();
    SignedNote held = held();
    assertThat(auditor.forget(ACME, BOB, "request 12", OPERATOR).refusal()).isEmpty();
    keepKeys();
    auditor.close();
    int size = records.size();
    refuse(
        "4 events of theirs would stay closed for good (16-19)", records, held, List.of(), false);
    AuditRestore.Restored some = restore(records, held, List.of(), true);
    assertThat(some.events()).isEqualTo(size);
    assertThat(some.lost()).isEqualTo(4);
    assertThat(some.closed()).isEqualTo(range(16, 19));
    auditor = start(restored);
    assertThat(found(ACME, BOB)).isZero();
    assertThat(found(ACME, ALICE)).isEqualTo(10);
    AuditBundle.Proved proved = export(ACME);
    assertThat(proved.complete()).isTrue();
    assertThat(proved.deleted()).isEqualTo(4);
  }

  private AuditRestore atMost(int holds) throws IOException {
    return AuditRestore.begin(restored, keys, List.of(), Optional.empty(), RANDOM, holds);
  }

  @Test
  void aTenantWhoseHoldMayBeLostIsOnHold() throws Exception {
    keepKeys();
    report("acme", 15, BOB, 1);
    // Who asks for it has no key in the copy, as he did nothing for this tenant before.
    auditor.hold(ACME, "Case 18", OPERATOR);
    List<byte[]> records = records();
    SignedNote held = held();
    auditor.close();
    try (AuditRestore restore = atMost(1)) {
      assertThatThrownBy(() -> finish(restore, records, held, true))
          .isInstanceOf(AuditRestore.NotRestoredException.class)
          .hasMessageContaining("2 tenants would be on hold, of 1 at the most, 1 of them")
          .hasMessageContaining("take a newer copy of names/people");
    }
    assertThat(restored).doesNotExist();
    AuditRestore.Restored some;
    try (AuditRestore restore = atMost(2)) {
      some = finish(restore, records, held, true);
    }
    assertThat(some.lostOwn()).isEqualTo(1);
    assertThat(some.held()).containsExactly("trial/acme");
    auditor = start(restored);
    assertThat(auditor.holds())
        .extracting(one -> one.fence() + " " + one.reason())
        .as("and who was on hold is so for his own reason")
        .satisfiesExactlyInAnyOrder(
            one -> assertThat(one).contains("globex").endsWith("Case 17"),
            one -> assertThat(one).contains("acme").contains("may have said a hold"));
    auditor.endHold(ACME, "none", OPERATOR);
    assertThat(auditor.holds()).hasSize(1);
  }

  private List<KeyedName> lookedForLike(Path names, String name) throws IOException {
    try (Names those = Names.open(FileDisk.privateFolder(names), false, RANDOM)) {
      return those.askedLike(ACME, name);
    }
  }

  @Test
  void whatSomebodyWasLookedForByDoesNotComeBackWithAnOlderCopy() throws Exception {
    report("acme", 15, BOB, 1);
    assertThat(found(ACME, BOB)).isEqualTo(1);
    for (String text : List.of("mail to " + BOB, "quarterly figures")) {
      Map<String, String> asked = Map.of("text", text);
      auditor.search(
          ACME, EventQuery.parse(name -> Optional.ofNullable(asked.get(name))), OPERATOR);
    }
    keepKeys();
    assertThat(auditor.forget(ACME, BOB, "request 12", OPERATOR).refusal()).isEmpty();
    List<byte[]> records = records();
    SignedNote held = held();
    assertThat(lookedForLike(keys.resolve("names"), BOB)).as("the control").hasSize(1);
    assertThat(restore(records, held, List.of(), false).lost()).isZero();
    assertThat(lookedForLike(restored.resolve("names"), BOB)).isEmpty();
    assertThat(lookedForLike(restored.resolve("names"), "quarterly")).hasSize(1);
  }

  /** Writes a journal in the place of the auditor's, which is closed. */
  private void rewriteJournal(List<byte[]> records) throws Exception {
    Path place = folder.resolve("audit/journal");
    try (var files = Files.list(place)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    RecordJournal journal =
        RecordJournal.open(
            FileDisk.privateFolder(place), ORIGIN, new JournalOptions(1 << 20, 0), RANDOM);
    for (byte[] record : records) {
      journal.add(record);
    }
    assertThat(journal.commit()).isTrue();
    journal.close();
  }

  private List<String> differences() throws Exception {
    List<String> differences = new ArrayList<>();
    auditor.check(differences::add);
    return differences;
  }

  @Test
  void aRecordThatIsOutlinedAsOfSomebodyForgottenIsNamedByTheCheck() throws Exception {
    report("acme", 15, BOB, 1);
    assertThat(auditor.forget(ACME, BOB, "request 12", OPERATOR).refusal()).isEmpty();
    List<byte[]> records = records();
    auditor.close();
    rewriteJournal(records);
    auditor = start(folder.resolve("audit"));
    assertThat(differences()).as("the control").isEmpty();
    auditor.close();
    rewriteJournal(outlined(records, 3, "acme", pseudonymIn(records, 16)));
    auditor = start(folder.resolve("audit"));
    assertThat(differences())
        .anyMatch(text -> text.contains("event 3 in the journal is outlined otherwise"));
  }

  @Test
  void whatAKilledRestoreLeftGoesWithTheNext() throws Exception {
    keepKeys();
    List<byte[]> records = records();
    SignedNote held = held();
    Path left = folder.resolve(".restoring-audit17");
    Files.createDirectories(left.resolve("names"));
    Files.writeString(left.resolve("names/secret"), "a copy of a key");
    try (AuditRestore underWay = atMost(1)) {
      assertThat(left).doesNotExist();
      // The control: one that is under way stays, and ends well.
      AuditRestore.removeLeftOver(folder);
      assertThat(finish(underWay, records, held, false).events()).isEqualTo(records.size());
    }
    try (var all = Files.list(folder)) {
      assertThat(all.map(path -> path.getFileName().toString()))
          .containsOnly("audit", "keys", "restored");
    }
    assertThat(restored.resolve(FileDisk.LOCK)).doesNotExist();
  }
}
