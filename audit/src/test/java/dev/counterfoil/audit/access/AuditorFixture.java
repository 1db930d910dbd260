package dev.counterfoil.audit.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.log.disk.FailingDisk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An auditor in a folder, that is closed and opened again, and what is found in it. */
public final class AuditorFixture {
  public static final Source MAIL = new Source("trial", "mail", Optional.empty());
  public static final Fence ACME = new Fence("trial", "acme");
  public static final Fence GLOBEX = new Fence("trial", "globex");

  private final Path folder;
  private final Reader reader;
  private final FailingDisk.Faults faults;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private Auditor auditor;
  private boolean ended;

  /** Opens one. */
  public AuditorFixture(Path folder, Reader reader, FailingDisk.Faults faults) throws IOException {
    this.folder = folder;
    this.reader = reader;
    this.faults = faults;
    this.auditor = start();
  }

  private Auditor start() throws IOException {
    return Auditor.start(
        new Auditor.Settings(
            folder,
            "monitor.example/audit",
            new JournalOptions(1 << 20, 0),
            1_000_000,
            1_000_000,
            1L << 40),
        path -> new FailingDisk(FileDisk.privateFolder(path), faults),
        Care.BY_ITSELF,
        InstantSource.fixed(Instant.ofEpochMilli(SampleEvents.TIME + 60_000)),
        new SecureRandom(),
        failure::set);
  }

  public Auditor auditor() {
    return auditor;
  }

  /** Whether its process would have ended. */
  public boolean hasFailed() {
    return failure.get() != null;
  }

  public void close() throws IOException {
    auditor.close();
    assertThat(failure).hasNullValue();
  }

  /** The end of a process that failed, or is made to. */
  public void end() {
    try {
      auditor.close();
    } catch (IOException | RuntimeException e) {
      // As its disk fails.
    }
    failure.set(null);
    ended = true;
  }

  public boolean hasEnded() {
    return ended;
  }

  public void open() throws IOException {
    auditor = start();
    ended = false;
  }

  /** Has all that is recorded be found. */
  public void settle() throws InterruptedException {
    while (auditor.indexed() < auditor.size()) {
      assertThat(failure).hasNullValue();
      Thread.sleep(5);
    }
  }

  /** Numbers of the events that are found. */
  public List<Long> found(Fence fence, Map<String, String> asked) throws Exception {
    settle();
    return auditor
        .search(fence, EventQuery.parse(name -> Optional.ofNullable(asked.get(name))), reader)
        .events()
        .stream()
        .map(one -> one.event().sequence())
        .toList();
  }

  /** All of a tenant's, as one checks it who has the key alone. */
  public AuditBundle.Proved export(Fence fence, List<String> events) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    auditor.export(fence, EventQuery.parse(name -> Optional.empty()), reader, out);
    return AuditBundle.check(
        new ByteArrayInputStream(out.toByteArray()),
        auditor.key(),
        one -> events.add(new String(one.event().canonicalBytes(), StandardCharsets.UTF_8)));
  }

  public void nothingDiffers() throws Exception {
    List<String> differences = new ArrayList<>();
    assertThat(auditor.check(differences::add).differences()).as("%s", differences).isZero();
  }

  /** Files under a folder that have these bytes. */
  public static List<Path> filesWith(Path under, String latin1) throws IOException {
    List<Path> with = new ArrayList<>();
    try (Stream<Path> files = Files.walk(under)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(latin1)) {
          with.add(file);
        }
      }
    }
    return with;
  }

  /** A copy of a folder. */
  public static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }
}
