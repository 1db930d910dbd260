package dev.counterfoil.custodian.issuer;

import dev.counterfoil.custodian.held.CustodyLog;
import dev.counterfoil.custodian.held.HeldFile;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.EntryBundle;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.RevocationTip;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.care.ClockCheck;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.MissingTileException;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.log.read.StaticLogSource;
import dev.counterfoil.log.tiles.PartialTile;
import dev.counterfoil.log.tools.StaticCopy;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A domain's key log as this custodian has it: all entries, durable, up to the largest head that
 * was verified from the root down. A registrar that starts again has to extend it, and takes back
 * from it what its own disk lost. It never goes back, also not over a restart: what is mirrored
 * begins with it.
 *
 * <p>It is the way on which the key log is read, too, and so knows the head that was verified last.
 * Grows on one thread; what it has may be read by any.
 */
public final class HeldKeyLog implements ReadSide, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(HeldKeyLog.class.getName());

  private final NoteKey key;
  private final String url;
  private final ReadSide network;
  private final ClockCheck clocks;
  private final Path folder;
  private final StaticLogSource held;
  private final StaticCopy copy;
  private final HeldRevocations revocations;
  private boolean isLocal;
  private byte @Nullable [] head;
  private volatile CustodyLog.@Nullable Vouched vouched;
  private volatile byte @Nullable [] cosigned;
  private String said = "";

  /**
   * Opens the folder.
   *
   * @param clocks hears what time its witnesses say that it is
   * @throws IOException also when what lies there is not the log's
   */
  public HeldKeyLog(TrustPolicy policy, Path folder, ReadSide network, ClockCheck clocks)
      throws IOException {
    this.key =
        KeyLog.pinnedBy(policy)
            .orElseThrow(
                () ->
                    new IOException(
                        "the policy of domain "
                            + policy.domain()
                            + " does not pin its key log. Fetch it again"));
    this.url = KeyLog.url(policy.issuer()) + "/";
    this.network = network;
    this.clocks = clocks;
    this.folder = folder;
    this.held = new StaticLogSource(folder);
    this.copy = new StaticCopy(new Verified(), key, folder);
    this.revocations = new HeldRevocations(folder);
    this.vouched = present(folder);
  }

  private CustodyLog.@Nullable Vouched present(Path folder) throws IOException {
    try {
      byte[] note = held.checkpoint();
      Checkpoint checkpoint = Checkpoint.verify(note, key);
      return new CustodyLog.Vouched(SignedNote.parse(note), checkpoint);
    } catch (NoSuchFileException e) {
      return null;
    } catch (FormatException e) {
      throw new IOException(
          "the key log's checkpoint in " + folder + " is damaged: " + e.getMessage(), e);
    }
  }

  /** The log's key. */
  public NoteKey key() {
    return key;
  }

  /** The head up to which every entry is held; empty before the first. */
  public Optional<CustodyLog.Vouched> vouched() {
    return Optional.ofNullable(vouched);
  }

  /**
   * The checkpoint that was read last with what witnesses cosigned, not checked here; empty before
   * the first, and where none is asked for.
   */
  public Optional<byte[]> cosigned() {
    return Optional.ofNullable(cosigned);
  }

  /**
   * A tile or bundle of what is held.
   *
   * @throws MissingTileException when it is not held
   */
  public byte[] tile(Tile tile) throws IOException {
    return held.tile(tile);
  }

  /** The same to be given out in pieces; empty when it is not held. */
  public Optional<HeldFile> file(Tile tile) throws IOException {
    return HeldFile.find(folder, tile);
  }

  /** The same of a bundle of one of its revocation logs. */
  public Optional<HeldFile> file(HeldRevocations.Bundle bundle) throws IOException {
    return revocations.file(bundle);
  }

  /** Has the key log read from what is held, while something is done. */
  public void locally(Runnable work) {
    isLocal = true;
    try {
      work.run();
    } finally {
      isLocal = false;
    }
  }

  @Override
  public byte[] get(URI uri, int bytesMax) throws IOException {
    String text = uri.toString();
    if (!text.startsWith(url)) {
      throw new FileNotFoundException(uri + " is not of the key log");
    }
    String path = text.substring(url.length());
    byte[] bytes = isLocal ? local(path) : network.get(uri, bytesMax);
    if (path.equals("checkpoint")) {
      head = bytes;
      revocations.begin();
      clocks.heardHead(bytes, key);
    } else if (path.equals(LogSource.COSIGNED)) {
      cosigned = bytes;
      clocks.heard(bytes, key);
    } else if (!isLocal) {
      HeldRevocations.Bundle.parse(path).ifPresent(bundle -> revocations.read(bundle, bytes));
    }
    return bytes;
  }

  private byte[] local(String path) throws IOException {
    if (path.equals("checkpoint")) {
      return held.checkpoint();
    }
    Optional<HeldRevocations.Bundle> bundle = HeldRevocations.Bundle.parse(path);
    if (bundle.isPresent()) {
      return revocations
          .file(bundle.get())
          .orElseThrow(() -> new FileNotFoundException(path + " is not held"))
          .whole();
    }
    Optional<Tile> tile = Tile.parse(path);
    if (tile.isEmpty()) {
      throw new FileNotFoundException(path + " is not held");
    }
    return held.tile(tile.get());
  }

  /**
   * Makes durable what the last look at the key log brought, which was verified.
   *
   * @param root of the log as it was mirrored at a size
   * @return whether more is held than before
   */
  public boolean keep(Mirrored root) {
    byte[] note = head;
    if (note == null) {
      return false;
    }
    try {
      Checkpoint checkpoint = Checkpoint.verify(note, key);
      SignedNote signed = SignedNote.parse(note);
      CustodyLog.Vouched before = vouched;
      boolean grew =
          before == null
              || before.checkpoint().size() < checkpoint.size()
              || revoked(signed) > revoked(before.note());
      if (!grew || !root.at(checkpoint.size()).equals(Optional.of(checkpoint.root()))) {
        return false;
      }
      // Before the head that names them.
      revocations.keep();
      copy.publish();
      vouched = new CustodyLog.Vouched(signed, checkpoint);
      said = "";
      return true;
    } catch (IOException | FormatException | LogDamagedException e) {
      say(String.valueOf(e.getMessage()));
      return false;
    }
  }

  /**
   * How large the open revocation log is by a head; it is another one only when the key log grew.
   */
  private long revoked(SignedNote note) throws FormatException {
    return RevocationTip.find(note, key).map(RevocationTip::size).orElse(0L);
  }

  /** The root of the log at a size, as it was verified; empty where that is not known. */
  @FunctionalInterface
  public interface Mirrored {
    Optional<Hash> at(long size);
  }

  private void say(String why) {
    if (!why.equals(said)) {
      said = why;
      LOG.log(
          System.Logger.Level.WARNING,
          "the key log of {0} is not held beyond what it was: {1}",
          key.name(),
          why);
    }
  }

  @Override
  public void close() throws IOException {
    copy.close();
  }

  /** The key log as it was verified last, for the copy, which verifies its tree once more. */
  private final class Verified implements LogSource {
    @Override
    public byte[] checkpoint() throws IOException {
      byte[] note = head;
      if (note == null) {
        throw new FileNotFoundException("no head was read yet");
      }
      return note;
    }

    @Override
    public byte[] tile(Tile tile) throws IOException {
      try {
        return network.get(URI.create(url + tile.path()), EntryBundle.BYTES_MAX);
      } catch (FileNotFoundException e) {
        if (!tile.isPartial()) {
          throw e;
        }
      }
      // A partial bundle may be gone once the full one is there (c2sp.org/tlog-tiles).
      Tile full = PartialTile.full(tile);
      return PartialTile.cut(
          tile, network.get(URI.create(url + full.path()), EntryBundle.BYTES_MAX));
    }
  }
}
