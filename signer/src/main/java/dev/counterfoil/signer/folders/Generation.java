package dev.counterfoil.signer.folders;

import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.signer.generation.LogSuccession;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One set of keys and one log of a signer, in the folder {@code g<number>}. A compromise ends it
 * and starts the next; or the next one is announced, and takes over ({@link LogSuccession}).
 *
 * @param signer its name, with which the names of its logs begin
 * @param number counted from 1
 * @param folder of keys and journal
 */
public record Generation(String signer, int number, Path folder) {
  /** In a journal: its number of records, once the log has ended (spec/journal.md). */
  public static final String SEALED = "sealed";

  private static final int NUMBER_BYTES_MAX = 32;

  public static Generation of(String signer, Path signerFolder, int number) {
    return new Generation(signer, number, signerFolder.resolve("g" + number));
  }

  /** In the folder of one that was announced: when it takes over, in seconds since 1970. */
  private static final String ANNOUNCED = "announced";

  /** In the folder of one that was announced and shall not take over. */
  private static final String GIVEN_UP = "given-up";

  /** In the folder of one that an operator had replaced: when, in seconds since 1970. */
  private static final String REPLACED = "replaced";

  /** In the folder of one of which nothing is left to do: no private half, no open log. */
  private static final String ENDED = "ended";

  /**
   * All that there are, in order. A folder without anything in it is none: a crash left it before
   * its generation was announced, and its number is used again.
   */
  public static List<Generation> all(String signer, Path signerFolder) throws IOException {
    List<Generation> all = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(signerFolder, "g*")) {
      for (Path entry : entries) {
        Optional<LogName> log = LogName.parse(signer + entry.getFileName());
        if (log.isPresent() && log.get().owner().equals(signer)) {
          Generation generation = new Generation(signer, log.get().generation(), entry);
          if (generation.isBegun()) {
            all.add(generation);
          }
        }
      }
    }
    all.sort((a, b) -> Integer.compare(a.number, b.number));
    return all;
  }

  /** Short name of its log. */
  public String logName() {
    return new LogName(signer, number).toString();
  }

  /** Short name of one of its record logs. */
  public String recordLogName(String door) {
    return new LogName(door, number).toString();
  }

  /** Folder of one of its record logs. */
  public Path recordLog(String door) {
    return folder.resolve("record-" + door);
  }

  /** The record logs that it has, by the names of their doors. */
  public List<String> recordLogs() throws IOException {
    List<String> doors = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "record-*")) {
      for (Path entry : entries) {
        doors.add(entry.getFileName().toString().substring("record-".length()));
      }
    }
    return doors;
  }

  private boolean isBegun() {
    return Files.exists(folder.resolve(ANNOUNCED))
        || Files.exists(keys())
        || Files.exists(journal());
  }

  /** Whether its log has ended. */
  public boolean isSealed() {
    return Files.exists(journal().resolve(SEALED));
  }

  /** When it takes over at the soonest; empty for one that was never announced. */
  public Optional<Instant> announcedAt() throws IOException {
    return number(FileDisk.toRead(folder), ANNOUNCED).map(Instant::ofEpochSecond);
  }

  public void announce(Instant at) throws IOException {
    FileDisk.privateFolder(folder)
        .replace(ANNOUNCED, (at.getEpochSecond() + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  public boolean isGivenUp() {
    return Files.exists(folder.resolve(GIVEN_UP));
  }

  public void giveUp() throws IOException {
    FileDisk.privateFolder(folder).replace(GIVEN_UP, new byte[0]);
  }

  /** When an operator had it replaced; empty for one that goes on or ended otherwise. */
  public Optional<Instant> replacedAt() throws IOException {
    return number(FileDisk.toRead(folder), REPLACED).map(Instant::ofEpochSecond);
  }

  /** Notes, durably and before anything is done, that it is replaced. */
  public void markReplaced(Instant at) throws IOException {
    FileDisk.privateFolder(folder)
        .replace(REPLACED, (at.getEpochSecond() + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  /** Whether its end is finished: more than that its log is sealed. */
  public boolean isEnded() {
    return Files.exists(folder.resolve(ENDED));
  }

  /** Notes, durably, that its end is finished. */
  public void markEnded() throws IOException {
    FileDisk.privateFolder(folder).replace(ENDED, new byte[0]);
  }

  public Path keys() {
    return folder.resolve("keys");
  }

  public Path journal() {
    return folder.resolve("journal");
  }

  /** The number that a file holds; empty when there is none. */
  public static Optional<Long> number(Disk disk, String name) throws IOException {
    try {
      String text =
          new String(disk.read(name, NUMBER_BYTES_MAX), StandardCharsets.US_ASCII).strip();
      return Optional.of(Decimal.parse(text, TokenId.POSITION_LIMIT));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (FormatException e) {
      throw new IOException(name + " in " + disk + " is no number", e);
    }
  }
}
