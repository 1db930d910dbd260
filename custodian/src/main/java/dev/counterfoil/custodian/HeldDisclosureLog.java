package dev.counterfoil.custodian;

import dev.counterfoil.custodian.following.CustodianThreads;
import dev.counterfoil.custodian.following.LogAlarms;
import dev.counterfoil.custodian.held.CustodyLog.Vouched;
import dev.counterfoil.custodian.held.HeldFile;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Extension;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.log.read.StaticLogSource;
import dev.counterfoil.log.read.TileHashes;
import dev.counterfoil.log.tools.StaticCopy;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A domain's disclosure log as this custodian has it: all entries, which are digests, taken from
 * the log's public side. It grows by what extends it, and by nothing else: a log that goes back or
 * tells another history is an alarm, and what was held stays. One thread looks, any reads.
 */
final class HeldDisclosureLog implements AutoCloseable {
  /** Where they lie, in the custodian's folder: each under the name by which it is asked for. */
  static final String FOLDER = "custody-disclosure";

  /** People write its entries: nobody waits for them to be held within a second. */
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  private static final System.Logger LOG = System.getLogger(HeldDisclosureLog.class.getName());

  private final DisclosureLogPlace place;
  private final LogSource source;
  private final LogAlarms alarms;
  private final Path folder;
  private final StaticCopy copy;
  private volatile @Nullable Vouched vouched;

  /** What was published when the copy was last brought up to it. */
  private byte[] taken = new byte[0];

  private String said = "";

  /**
   * Opens what is held, nothing in a new folder.
   *
   * @throws IOException also when what lies there is not the log's
   */
  HeldDisclosureLog(DisclosureLogPlace place, LogSource source, Path folder, LogAlarms alarms)
      throws IOException {
    this.place = place;
    this.source = source;
    this.alarms = alarms;
    this.folder = folder;
    this.copy = new StaticCopy(source, place.key(), folder);
    this.vouched = present();
  }

  private @Nullable Vouched present() throws IOException {
    try {
      return verified(new StaticLogSource(folder).checkpoint());
    } catch (NoSuchFileException e) {
      return null;
    } catch (FormatException e) {
      throw new IOException("the checkpoint in " + folder + " is damaged: " + e.getMessage(), e);
    }
  }

  private Vouched verified(byte[] note) throws FormatException {
    return new Vouched(SignedNote.parse(note), Checkpoint.verify(note, place.key()));
  }

  DisclosureLogPlace place() {
    return place;
  }

  /** The checkpoint up to which every entry is held; empty before the first. */
  Optional<Vouched> vouched() {
    return Optional.ofNullable(vouched);
  }

  /** A tile or bundle of what is held; empty when it is not. */
  Optional<HeldFile> file(Tile tile) throws IOException {
    return HeldFile.find(folder, tile);
  }

  /** One look at the log: takes what extends what is held, or raises an alarm. */
  void look() {
    try {
      byte[] note = source.checkpoint();
      if (Arrays.equals(note, taken)) {
        return;
      }
      Checkpoint signed = verified(note).checkpoint();
      Vouched held = vouched;
      if (held != null && contradicts(held.checkpoint(), signed)) {
        return;
      }
      copy.publish();
      vouched = present();
      taken = note;
      said = "";
    } catch (IOException
        | FormatException
        | HashSource.UnavailableException
        | LogDamagedException e) {
      String why = String.valueOf(e.getMessage());
      if (!why.equals(said)) {
        said = why;
        LOG.log(
            System.Logger.Level.WARNING,
            "the disclosure log {0} is not held beyond what it was: {1}",
            place.key().name(),
            why);
      }
    }
  }

  /** Raises an alarm if the log's own signature and tiles show another history than is held. */
  private boolean contradicts(Checkpoint held, Checkpoint signed)
      throws HashSource.UnavailableException {
    Extension judged = Extension.judge(held, signed);
    if (judged == Extension.UNPROVEN) {
      judged =
          Extension.judge(
              held,
              signed,
              new Extension.Evidence.Roots(
                  rootAt(held.size(), signed), rootAt(signed.size(), signed)));
    }
    if (judged == Extension.OLDER) {
      alarms.rolledBack(held, signed);
    } else if (judged == Extension.FORKED) {
      alarms.forked(held, signed);
    }
    return judged == Extension.OLDER || judged == Extension.FORKED;
  }

  /** The root at a size, by the tiles that are published beside a checkpoint. */
  private Hash rootAt(long size, Checkpoint published) throws HashSource.UnavailableException {
    return MerkleFrontier.resume(size, new TileHashes(source).of(published.size())).root();
  }

  /** Looks until the process ends. */
  void run(CustodianThreads threads) throws InterruptedException {
    do {
      look();
    } while (threads.pause(LOOK_EVERY));
  }

  @Override
  public void close() throws IOException {
    copy.close();
  }
}
