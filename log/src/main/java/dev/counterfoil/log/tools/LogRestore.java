package dev.counterfoil.log.tools;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.journal.RecordJournal;
import dev.counterfoil.log.journal.SegmentFormat;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.log.read.StaticLogSource;
import dev.counterfoil.log.read.TileHashes;
import dev.counterfoil.log.tiles.FrontierMark;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.util.Collections;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Makes a log out of an archive again: a folder that is its static copy, with the counterfoils as a
 * sealed journal in {@code journal}. Everything is checked in a folder beside, and only a sound log
 * gets the name that was asked for. Nobody can go on writing in it: a restored log is read.
 */
public final class LogRestore {
  /** Name of the journal's folder in what is restored. */
  public static final String JOURNAL = "journal";

  private static final int SEGMENT_BYTES = 16 << 20;

  private final Path archive;
  private final NoteKey logKey;
  private final LogChecker.EntryForm form;
  private final int threads;
  private final RandomGenerator random;
  private final LogChecker.Progress progress;

  /** What a restore came to. */
  public sealed interface Outcome {
    /** The log is there, and all of it was checked. */
    record Restored(LogCheck.Sound sound) implements Outcome {}

    /** The archive's log is not sound: nothing is restored. */
    record Unsound(LogCheck.Different different) implements Outcome {}

    /** The file is no archive, or not a whole one: nothing is restored. */
    record NoArchive(String why) implements Outcome {}
  }

  /**
   * A restore of one archive.
   *
   * @param logKey key that must have signed the checkpoint
   * @param random source of the journal's seeds
   */
  public LogRestore(
      Path archive,
      NoteKey logKey,
      LogChecker.EntryForm form,
      int threads,
      RandomGenerator random,
      LogChecker.Progress progress) {
    this.archive = archive;
    this.logKey = logKey;
    this.form = form;
    this.threads = threads;
    this.random = random;
    this.progress = progress;
  }

  static ArchiveManifest readManifest(Path archive) throws IOException, FormatException {
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      return ArchiveManifest.parse(read(zip, LogArchive.MANIFEST, ArchiveManifest.BYTES_MAX));
    } catch (ZipException | IllegalArgumentException e) {
      // The latter where a name is no UTF-8.
      throw new FormatException("the file is no zip archive: " + e.getMessage(), e);
    }
  }

  /**
   * Restores the log to a folder that does not exist yet.
   *
   * @throws FileAlreadyExistsException when it does
   */
  public Outcome restore(Path target) throws IOException {
    if (Files.exists(target)) {
      throw new FileAlreadyExistsException(target.toString());
    }
    Path beside = Files.createTempDirectory(parent(target), ".restoring");
    boolean isKept = false;
    try {
      unpack(beside);
      Path journal = beside.resolve(JOURNAL);
      Optional<Disk> records =
          Files.exists(journal) ? Optional.of(FileDisk.toRead(journal)) : Optional.empty();
      LogCheck check =
          new LogChecker(new StaticLogSource(beside), logKey, Optional.empty(), records, progress)
              .entries(form)
              .threads(threads)
              .check();
      Outcome outcome =
          switch (check) {
            case LogCheck.Sound sound -> keep(beside, target, sound);
            case LogCheck.Different different -> new Outcome.Unsound(different);
          };
      isKept = outcome instanceof Outcome.Restored;
      return outcome;
    } catch (FormatException e) {
      return new Outcome.NoArchive(String.valueOf(e.getMessage()));
    } finally {
      if (!isKept) {
        FileDisk.remove(beside);
      }
    }
  }

  private static Path parent(Path target) {
    return Optional.ofNullable(target.toAbsolutePath().getParent()).orElse(target);
  }

  private Outcome keep(Path beside, Path target, LogCheck.Sound sound)
      throws IOException, FormatException {
    if (!readManifest(archive).checkpoint().equals(sound.checkpoint())) {
      throw new FormatException("the manifest is of another checkpoint than the archive");
    }
    if (sound.recordsChecked() > 0) {
      String size = sound.checkpoint().size() + "\n";
      FileDisk.privateFolder(beside.resolve(JOURNAL))
          .replace(Log.SEALED, size.getBytes(StandardCharsets.US_ASCII));
    }
    Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE);
    FileDisk.sync(parent(target));
    return new Outcome.Restored(sound);
  }

  private void unpack(Path folder) throws IOException, FormatException {
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      ArchiveManifest manifest =
          ArchiveManifest.parse(read(zip, LogArchive.MANIFEST, ArchiveManifest.BYTES_MAX));
      if (!manifest.key().equals(logKey)) {
        throw new FormatException("the archive is of a log with another key: " + manifest.key());
      }
      Set<String> known = new HashSet<>();
      known.add(LogArchive.MANIFEST);
      manifest.chunks().forEach(chunk -> known.add(chunk.name()));
      for (ZipEntry entry : Collections.list(zip.entries())) {
        Optional<Integer> bytesMax = bytesMax(entry.getName(), manifest.checkpoint().size());
        if (bytesMax.isPresent()) {
          if (!known.add(entry.getName())) {
            throw new FormatException(entry.getName() + " is twice in the archive");
          }
          Path file = folder.resolve(entry.getName());
          Files.createDirectories(parent(file));
          write(file, read(zip, entry.getName(), bytesMax.get()));
        } else if (!known.contains(entry.getName())) {
          throw new FormatException("the archive has a file that is none of its kind");
        }
      }
      if (!known.contains(LogArchive.CHECKPOINT)) {
        throw new FormatException("the archive lacks " + LogArchive.CHECKPOINT);
      }
      if (!manifest.chunks().isEmpty()) {
        restoreRecords(zip, manifest, folder.resolve(JOURNAL));
      }
    } catch (ZipException | IllegalArgumentException e) {
      throw new FormatException("the file is no zip archive: " + e.getMessage(), e);
    }
  }

  /** How long a file of the public side can be; empty when it is not one. */
  private static Optional<Integer> bytesMax(String name, long size) {
    if (name.equals(LogArchive.CHECKPOINT) || name.equals(LogSource.COSIGNED)) {
      return Optional.of(SignedNote.BYTES_MAX);
    }
    // Only the one spelling of a tile's path is a tile: no name leads out of the folder.
    return Tile.parse(name).filter(tile -> isOfTree(tile, size)).map(LogSource::bytesMax);
  }

  /** Whether a tree of a size has just this tile: others would only fill the disk. */
  private static boolean isOfTree(Tile tile, long size) {
    long rows = size >> (8 * Math.max(tile.level(), 0));
    return tile.index() < (rows + Tile.FULL_WIDTH - 1) / Tile.FULL_WIDTH
        && Tile.of(tile.level(), tile.index(), size).equals(tile);
  }

  private void restoreRecords(ZipFile zip, ArchiveManifest manifest, Path folder)
      throws IOException, FormatException {
    Disk disk = FileDisk.privateFolder(folder);
    if (manifest.recordsFrom() > 0) {
      disk.replace(FrontierMark.BEGIN, beginMark(manifest, parent(folder)).encode());
    }
    JournalOptions options = new JournalOptions(SEGMENT_BYTES, 0);
    try (RecordJournal journal =
        RecordJournal.open(disk, manifest.checkpoint().origin(), options, random)) {
      for (ArchiveManifest.Chunk chunk : manifest.chunks()) {
        restoreChunk(zip, chunk, journal);
      }
      commit(journal);
    }
    disk.delete("lock");
  }

  /** What the leaves before the first record made; the check that follows holds it against them. */
  private static FrontierMark beginMark(ArchiveManifest manifest, Path tiles)
      throws FormatException {
    long first = manifest.recordsFrom();
    try {
      TileHashes hashes = new TileHashes(new StaticLogSource(tiles));
      MerkleFrontier frontier =
          MerkleFrontier.resume(first, hashes.of(manifest.checkpoint().size()));
      return new FrontierMark(first, frontier.roots());
    } catch (HashSource.UnavailableException e) {
      throw new FormatException("the archive lacks tiles: " + e.getMessage(), e);
    }
  }

  private static void restoreChunk(ZipFile zip, ArchiveManifest.Chunk chunk, RecordJournal journal)
      throws IOException, FormatException {
    DigestInputStream digest = new DigestInputStream(open(zip, chunk.name()), Hash.newSha256());
    try (DataInputStream in = new DataInputStream(digest)) {
      for (int i = 0; i < chunk.count(); i++) {
        int length = in.readInt();
        if (length < 0 || length > SegmentFormat.RECORD_BYTES_MAX) {
          throw new FormatException("a record of the archive is too long");
        }
        byte[] payload = new byte[length];
        in.readFully(payload);
        if (!journal.fits(length)) {
          commit(journal);
        }
        journal.add(payload);
      }
      if (in.read() >= 0 || !Hash.of(digest.getMessageDigest().digest()).equals(chunk.sha256())) {
        throw new FormatException(chunk.name() + " is not what the manifest says");
      }
    } catch (EOFException e) {
      throw new FormatException(chunk.name() + " ends early", e);
    }
  }

  private static void commit(RecordJournal journal) throws IOException {
    if (!journal.commit()) {
      throw new IOException("no room to restore the journal: make room on the disk");
    }
  }

  private static InputStream open(ZipFile zip, String name) throws IOException, FormatException {
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      throw new FormatException("the archive lacks " + name);
    }
    return zip.getInputStream(entry);
  }

  private static byte[] read(ZipFile zip, String name, int bytesMax)
      throws IOException, FormatException {
    try (InputStream in = open(zip, name)) {
      byte[] content = in.readNBytes(bytesMax + 1);
      if (content.length > bytesMax) {
        throw new FormatException(name + " in the archive is longer than " + bytesMax + " bytes");
      }
      return content;
    } catch (EOFException e) {
      throw new FormatException(name + " in the archive ends early", e);
    }
  }

  private static void write(Path file, byte[] content) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }
}
