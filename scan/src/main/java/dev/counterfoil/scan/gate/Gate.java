package dev.counterfoil.scan.gate;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.scan.KeyScan;
import dev.counterfoil.scan.Progress;
import dev.counterfoil.scan.Report;
import dev.counterfoil.scan.ScanLimits;
import dev.counterfoil.scan.finding.ScanFinding;
import dev.counterfoil.scan.finding.Unopened;
import dev.counterfoil.scan.key.OwnKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Lets an artefact out of the signing zone only when no private key is in it. {@link #pass} tells
 * the story; each step says what a crash right there leaves behind.
 *
 * <p>The bytes that are scanned are the bytes that go out: they are copied once into a folder that
 * nobody else can write to, scanned there, and copied on from there. What becomes of the original
 * meanwhile changes nothing.
 */
public final class Gate {
  private static final int PART = 1 << 16;
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_FILE =
      PosixFilePermissions.asFileAttribute(OWNER_ONLY);
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_FOLDER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final int FINDINGS_RECORDED_MAX = 50;

  private final Path folder;
  private final List<OwnKey> keys;
  private final ScanLimits limits;
  private final InstantSource clock;
  private final SecureRandom random;
  private final SystemLog log;

  /**
   * Prepares a gate.
   *
   * @param folder of the gate, for its record, its quarantine and what passes; made when it is not
   *     there
   * @param keys of ours that are looked for
   */
  public Gate(
      Path folder,
      List<OwnKey> keys,
      ScanLimits limits,
      InstantSource clock,
      SecureRandom random,
      SystemLog log) {
    this.folder = folder.toAbsolutePath().normalize();
    this.keys = List.copyOf(keys);
    this.limits = limits;
    this.clock = clock;
    this.random = random;
    this.log = log;
  }

  /** Where what may not pass is kept. */
  public Path quarantine() {
    return folder.resolve("quarantine");
  }

  /** What was decided so far, one line of JSON each. */
  public Path record() {
    return folder.resolve("record.jsonl");
  }

  /**
   * Takes an artefact through the gate.
   *
   * @param from a file; no part of its path is a link
   * @param to where it goes: a name that is not taken yet, in a folder whose path has no links
   * @throws IOException when the disk fails; nothing was let out then
   */
  public GateDecision pass(Path from, Path to, Progress progress)
      throws IOException, InterruptedException {
    // 1. Paths that mean what they say. A crash leaves nothing.
    Path source = from.toAbsolutePath().normalize();
    Path target = to.toAbsolutePath().normalize();
    Optional<GateDecision.Refused> refused = refusal(source, target);
    if (refused.isPresent()) {
      return refused.get();
    }
    BasicFileAttributes before = attributes(source);

    // 2. The bytes, into the gate's own folder. A crash leaves a file in staging, owner only, that
    // the next pass deletes.
    for (Path part : List.of(folder, staging(), quarantine())) {
      ownerOnly(part);
    }
    deleteLeftovers();
    Path staged = staging().resolve(name() + ".staged");
    try {
      String sha256 = copy(source, staged);

      // 3. The scan, of those bytes.
      KeyScan scan = new KeyScan(keys, limits, progress);
      try (InputStream in = Files.newInputStream(staged, LinkOption.NOFOLLOW_LINKS)) {
        scan.search(in, source.toString());
      }
      Report report = scan.report();

      // 4. The decision, on record before it takes effect. A crash from here on leaves a record of
      // something that did not happen yet; the artefact is where it was.
      if (report.verdict() != Report.Verdict.CLEAN) {
        return quarantine(source, before, staged, sha256, report);
      }
      put(decision("released", source, sha256, report).put("to", target.toString()));
      return release(staged, target, sha256, report);
    } finally {
      Files.deleteIfExists(staged);
    }
  }

  /** Copies once more, under a name of its own, and gives it its name when it is whole. */
  private GateDecision release(Path staged, Path target, String sha256, Report report)
      throws IOException {
    Path parent = Objects.requireNonNull(target.getParent());
    Path partial = parent.resolve(".counterfoil-gate-" + name());
    try {
      if (!copy(staged, partial).equals(sha256)) {
        throw new IOException("the copy differs from what was scanned: is the disk sound?");
      }
      // A link takes a name only when it is free, where a rename would replace.
      Files.createLink(target, partial);
    } catch (FileAlreadyExistsException e) {
      return new GateDecision.Refused("target-exists", target + " has come into being meanwhile");
    } finally {
      Files.deleteIfExists(partial);
    }
    sync(parent);
    return new GateDecision.Released(target, sha256, report);
  }

  private GateDecision quarantine(
      Path source, BasicFileAttributes before, Path staged, String sha256, Report report)
      throws IOException, InterruptedException {
    Path kept =
        quarantine()
            .resolve(STAMP.format(clock.instant()) + "-" + sha256.substring(0, 16) + "-" + name());
    put(decision("quarantined", source, sha256, report).put("quarantine", kept.toString()));
    Files.move(staged, kept, StandardCopyOption.ATOMIC_MOVE);
    sync(quarantine());
    return new GateDecision.Quarantined(kept, sha256, remove(source, before), report);
  }

  /** Deletes the original, unless another file has taken its name. */
  private static boolean remove(Path source, BasicFileAttributes before) {
    try {
      BasicFileAttributes now = attributes(source);
      boolean same =
          Objects.equals(now.fileKey(), before.fileKey())
              && now.size() == before.size()
              && now.lastModifiedTime().equals(before.lastModifiedTime());
      if (same) {
        Files.delete(source);
      }
      return same;
    } catch (IOException e) {
      return false;
    }
  }

  private Optional<GateDecision.Refused> refusal(Path source, Path target) throws IOException {
    if (!Files.isRegularFile(source, LinkOption.NOFOLLOW_LINKS)) {
      return refused(
          "not-a-file",
          Files.exists(source, LinkOption.NOFOLLOW_LINKS)
              ? source + " is no file: pack a folder with tar first"
              : "there is no file " + source);
    }
    if (hasLinks(source)) {
      return refused("path-has-links", "name " + source + " by its real path, without links");
    }
    Path parent = target.getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      return refused("no-target-folder", "there is no folder for " + target);
    }
    if (hasLinks(parent)) {
      return refused("path-has-links", "name " + parent + " by its real path, without links");
    }
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return refused("target-exists", target + " exists: name another");
    }
    if (source.startsWith(folder) || target.startsWith(folder)) {
      return refused("in-the-gate", "nothing passes out of the gate's own folder or into it");
    }
    return Optional.empty();
  }

  private static boolean hasLinks(Path path) throws IOException {
    return !path.toRealPath().equals(path);
  }

  private static Optional<GateDecision.Refused> refused(String code, String text) {
    return Optional.of(new GateDecision.Refused(code, text));
  }

  private JsonObject.Builder decision(String what, Path source, String sha256, Report report) {
    Instant now = clock.instant();
    return JsonObject.builder()
        .put("time", now.toString())
        .put("decision", what)
        .put("by", System.getProperty("user.name"))
        .put("from", source.toString())
        .put("sha256", sha256)
        .put("bytes", report.bytes())
        .put("findings", report.count())
        .put(
            "found",
            report.findings().stream().limit(FINDINGS_RECORDED_MAX).map(ScanFinding::json).toList())
        .put(
            "unopened",
            report.unopened().stream().limit(FINDINGS_RECORDED_MAX).map(Unopened::json).toList())
        .put("keys", report.keys().size())
        .put("keys_without_hint", report.keysWithoutHint().size());
  }

  private void put(JsonObject.Builder decision) throws IOException, InterruptedException {
    JsonObject said = decision.build();
    String line = new GateRecord(record()).append(decision);
    // Short: the system's log cuts long lines.
    JsonObject.Builder brief = JsonObject.builder();
    for (String name : List.of("decision", "by", "from", "to", "quarantine", "sha256")) {
      if (said.get(name) instanceof String text) {
        brief.put(name, text);
      }
    }
    brief.put("record", Hash.sha256(bytes(line)).hex());
    log.tell(brief.build().toString());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Copies a file to one that is not there yet, durably, and gives its digest. */
  private static String copy(Path from, Path to) throws IOException {
    MessageDigest digest = sha256();
    try (FileChannel in =
            FileChannel.open(from, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        FileChannel channel =
            FileChannel.open(
                to,
                Set.of(
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.WRITE,
                    LinkOption.NOFOLLOW_LINKS),
                OWNER_ONLY_FILE);
        OutputStream out = new DigestOutputStream(Channels.newOutputStream(channel), digest)) {
      InputStream bytes = Channels.newInputStream(in);
      byte[] part = new byte[PART];
      int read;
      while ((read = bytes.read(part)) >= 0) {
        out.write(part, 0, read);
      }
      channel.force(true);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static void ownerOnly(Path folder) throws IOException {
    Files.createDirectories(folder, OWNER_ONLY_FOLDER);
    if (hasLinks(folder)
        || Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS).size() != 3) {
      throw new IOException(
          folder + " has to be a folder for its owner alone (mode 700), on a path without links");
    }
  }

  private void deleteLeftovers() throws IOException {
    try (var left = Files.newDirectoryStream(staging(), "*.staged")) {
      for (Path file : left) {
        Files.deleteIfExists(file);
      }
    }
  }

  private Path staging() {
    return folder.resolve("staging");
  }

  private String name() {
    byte[] name = new byte[8];
    random.nextBytes(name);
    return HexFormat.of().formatHex(name);
  }

  private static BasicFileAttributes attributes(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
