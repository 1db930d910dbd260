package dev.counterfoil.disclosure.record;

import dev.counterfoil.disclosure.LogReceipt;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.LogWitnesses;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogProver;
import dev.counterfoil.log.read.LogReader;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The disclosure log: an {@link EntryLog} of digests, which witnesses follow like any other, and
 * beside it the contents, each a file that is named by its digest.
 *
 * <p>A content is durable before its entry is. So a crash leaves a content that no entry names,
 * which does not count, and never an entry without its content. Belongs to one thread.
 */
public final class DisclosureLog implements AutoCloseable {
  /** The public folder of the log, below that of what is published. */
  public static final String FOLDER = "log";

  /** The same as files that any web server can serve, with the newest cosigned checkpoint. */
  public static final String TILES = "tiles";

  private static final int SALT_BYTES = 16;

  private final FileDisk contents;
  private final Path publicFolder;
  private final EntryLog log;
  private final String origin;
  private final SecureRandom random;
  private final List<RecordEntry> entries = new ArrayList<>();
  private final List<byte[]> lines = new ArrayList<>();

  private DisclosureLog(
      FileDisk contents, Path publicFolder, EntryLog log, String origin, SecureRandom random) {
    this.contents = contents;
    this.publicFolder = publicFolder;
    this.log = log;
    this.origin = origin;
    this.random = random;
  }

  /**
   * Opens the log, new where its folders are empty.
   *
   * @param folder private: journal and contents
   * @param publicFolder of the log's read side
   * @param signer the log's key; its name is the origin
   * @throws LogDamagedException when a content is missing or was changed
   */
  public static DisclosureLog open(
      Path folder, Path publicFolder, NoteSigner signer, SecureRandom random) throws IOException {
    EntryLog log =
        EntryLog.open(
            FileDisk.privateFolder(folder.resolve("journal")),
            FileDisk.publicFolder(publicFolder),
            JournalOptions.STATEMENTS,
            signer,
            _ -> List.of(),
            random);
    DisclosureLog opened =
        new DisclosureLog(
            FileDisk.privateFolder(folder.resolve("contents")),
            publicFolder,
            log,
            signer.key().name(),
            random);
    boolean isRead = false;
    try {
      log.scan(opened::takeUp);
      isRead = true;
      return opened;
    } finally {
      if (!isRead) {
        log.close();
      }
    }
  }

  private void takeUp(long position, byte[] line) throws IOException {
    try {
      byte[] content =
          contents.read(name(RecordEntry.contentOf(line)), RecordEntry.CONTENT_BYTES_MAX);
      entries.add(RecordEntry.parse(position, line, content));
      lines.add(line);
    } catch (FormatException | NoSuchFileException e) {
      throw new LogDamagedException(
          "entry %d of the disclosure log has lost its content, or it was changed: restore the folder %s from a copy"
              .formatted(position, contents),
          e);
    }
  }

  private static String name(Hash content) {
    return content.hex() + ".json";
  }

  /** How many entries there are. */
  public int size() {
    return entries.size();
  }

  /** All entries, the first first. */
  public List<RecordEntry> entries() {
    return List.copyOf(entries);
  }

  /**
   * Records something, durably, before anything follows from it.
   *
   * @throws IOException when there is no room for it; nothing was recorded then
   */
  public RecordEntry append(
      RecordKind kind,
      String incident,
      Instant at,
      String by,
      JsonObject body,
      Optional<Hash> document)
      throws IOException {
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    RecordEntry entry =
        new RecordEntry(
            log.size(), kind, incident, at.truncatedTo(ChronoUnit.MILLIS), by, body, document);
    byte[] content = entry.content(Base64Url.encode(salt)).canonicalBytes();
    if (content.length > RecordEntry.CONTENT_BYTES_MAX) {
      throw new IOException("an entry of the disclosure log is too long");
    }
    Hash digest = Hash.sha256(content);
    byte[] line = entry.line(digest);
    try {
      // What could not be read again would stop every start.
      RecordEntry.parse(entry.position(), line, content);
    } catch (FormatException e) {
      throw new IOException("it is too large for the disclosure log: " + e.getMessage(), e);
    }
    contents.replace(name(digest), content);
    if (log.append(List.of(line)) == EntryLog.Outcome.FULL) {
      throw new IOException("the disclosure log's disk is full. Make room, and do it again");
    }
    entries.add(entry);
    lines.add(line);
    return entry;
  }

  /**
   * Has the log cosigned by the witnesses of a policy.
   *
   * @param appending held by whoever appends
   * @param contradicted told when a witness saw another history of the log
   */
  public LogWitnesses witnesses(
      TrustPolicy policy,
      Object appending,
      HttpClient http,
      InstantSource clock,
      Consumer<String> contradicted)
      throws IOException {
    return new LogWitnesses(
        List.of(policy),
        new LogReader(FileDisk.toRead(publicFolder)),
        origin,
        log::cosigning,
        appending,
        http,
        clock,
        contradicted);
  }

  /** What the log shows of an entry: digests only. */
  public String line(long position) {
    return new String(lines.get(Math.toIntExact(position)), StandardCharsets.UTF_8);
  }

  /** The proof that an entry stands under the published checkpoint. */
  public LogReceipt receipt(long position) throws IOException {
    if (!log.isPublished() && !log.publish()) {
      throw new IOException("the public folder of the disclosure log cannot be written");
    }
    SignedNote checkpoint =
        log.published().orElseThrow(() -> new IOException("the log has no checkpoint yet"));
    byte[] proof;
    try (LogReader reader = new LogReader(FileDisk.toRead(publicFolder))) {
      proof = new LogProver(reader).inclusion(position, checkpoint).bytes();
    }
    return new LogReceipt(line(position), new String(proof, StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    log.close();
  }
}
