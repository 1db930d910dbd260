package dev.counterfoil.log.tools;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.read.FrozenSource;
import dev.counterfoil.log.read.LogSource;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A whole log in one file: its static copy and, where the journal is at hand, every counterfoil
 * that it has (spec/archive.md). Only a log that was checked is written, and {@link LogRestore}
 * checks all of it again.
 */
public final class LogArchive {
  /** Records of a chunk, at most. */
  static final int CHUNK_RECORDS = 65_536;

  static final String MANIFEST = "manifest.json";
  static final String CHECKPOINT = "checkpoint";

  private final FrozenSource source;
  private final NoteKey logKey;
  private final Optional<Disk> journal;
  private final LogChecker.EntryForm form;
  private final int threads;
  private final InstantSource clock;
  private final LogChecker.Progress progress;

  /** What an export came to. */
  public sealed interface Export {
    /** The archive is there. */
    record Written(ArchiveManifest manifest, long bytes) implements Export {}

    /** The log is not sound, so there is no archive. */
    record Unsound(LogCheck.Different different) implements Export {}
  }

  /**
   * An archive of a log as it stands now.
   *
   * @param journal the journal's folder; without it the archive has no counterfoils
   */
  public LogArchive(
      LogSource source,
      NoteKey logKey,
      Optional<Disk> journal,
      LogChecker.EntryForm form,
      int threads,
      InstantSource clock,
      LogChecker.Progress progress)
      throws IOException {
    this.source = FrozenSource.of(source);
    this.logKey = logKey;
    this.journal = journal;
    this.form = form;
    this.threads = threads;
    this.clock = clock;
    this.progress = progress;
  }

  /**
   * Checks the log and writes the archive, which appears under its name when it is whole.
   *
   * @throws FileAlreadyExistsException when there is a file of that name
   */
  public Export write(Path file) throws IOException {
    if (Files.exists(file)) {
      throw new FileAlreadyExistsException(file.toString());
    }
    LogCheck check =
        new LogChecker(source, logKey, Optional.empty(), journal, progress)
            .entries(form)
            .threads(threads)
            .check();
    return switch (check) {
      case LogCheck.Different different -> new Export.Unsound(different);
      case LogCheck.Sound sound -> writeChecked(sound.checkpoint(), file);
    };
  }

  private Export writeChecked(Checkpoint checkpoint, Path file) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    ArchiveManifest manifest;
    // Counterfoils are for their owner's eyes.
    try (FileChannel channel =
            FileChannel.open(
                part,
                Set.of(
                    StandardOpenOption.WRITE,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING),
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rw-------")));
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 20);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      manifest = writeAll(checkpoint, zip);
      zip.finish();
      out.flush();
      channel.force(true);
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    return new Export.Written(manifest, Files.size(file));
  }

  private ArchiveManifest writeAll(Checkpoint checkpoint, ZipOutputStream zip) throws IOException {
    put(zip, CHECKPOINT, source.checkpoint());
    Optional<byte[]> cosigned = source.cosignedCheckpoint();
    if (cosigned.isPresent()) {
      put(zip, LogSource.COSIGNED, cosigned.get());
    }
    for (int level = Tile.ENTRIES; level <= Tile.LEVEL_MAX; level++) {
      long rows = checkpoint.size() >> (8 * Math.max(level, 0));
      for (long index = 0; index << 8 < rows; index++) {
        Tile tile = Tile.of(level, index, checkpoint.size());
        put(zip, tile.path(), source.tile(tile));
      }
    }
    List<ArchiveManifest.Chunk> chunks =
        journal.isPresent() ? putRecords(zip, journal.get(), checkpoint) : List.of();
    ArchiveManifest manifest = new ArchiveManifest(logKey, checkpoint, clock.instant(), chunks);
    put(zip, MANIFEST, manifest.bytes());
    return manifest;
  }

  private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(content);
    zip.closeEntry();
  }

  private static List<ArchiveManifest.Chunk> putRecords(
      ZipOutputStream zip, Disk disk, Checkpoint checkpoint) throws IOException {
    JournalReader records = JournalReader.open(disk, checkpoint.origin());
    List<ArchiveManifest.Chunk> chunks = new ArrayList<>();
    for (long first = records.begin(); first < checkpoint.size(); first += CHUNK_RECORDS) {
      int count = (int) Math.min(CHUNK_RECORDS, checkpoint.size() - first);
      ArchiveManifest.Chunk unnamed = new ArchiveManifest.Chunk(first, count, Hash.sha256());
      zip.putNextEntry(new ZipEntry(unnamed.name()));
      DigestOutputStream digest = new DigestOutputStream(zip, Hash.newSha256());
      DataOutputStream out = new DataOutputStream(digest);
      records.scan(
          first,
          first + count,
          (index, payload) -> {
            out.writeInt(payload.length);
            out.write(payload);
          });
      out.flush();
      zip.closeEntry();
      Hash sha256 = Hash.of(digest.getMessageDigest().digest());
      chunks.add(new ArchiveManifest.Chunk(first, count, sha256));
    }
    return chunks;
  }

  /** Reads what an archive says of itself, to know whose key must have signed it. */
  public static ArchiveManifest manifest(Path file) throws IOException, FormatException {
    return LogRestore.readManifest(file);
  }
}
