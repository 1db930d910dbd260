package dev.counterfoil.custodian.issuer;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.TestLogKey;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/** What a record log publishes, honestly or not. */
public final class RecordLogIssuer implements IssuerSource {
  private static final String ORIGIN = "login.example/logs/d1g1";

  public final NoteSigner key = TestLogKey.of(ORIGIN);
  public final List<Hash> signed = new ArrayList<>();

  /** What is given out where it is not what was signed. */
  public List<Hash> given = signed;

  /** What is signed while there is no entry. */
  public Hash emptyRoot = TreeHasher.EMPTY_ROOT;

  public boolean down;

  /** Bundles that were asked for. */
  public int asked;

  /** How the key set states the log. */
  public StatedLog stated() {
    return new StatedLog("d1g1", key.key(), URI.create("https://login.example/logs/d1g1"));
  }

  public void grow(int count) {
    for (int i = 0; i < count; i++) {
      signed.add(digest(signed.size()));
    }
  }

  public static Hash digest(long number) {
    return Hash.sha256(ByteBuffer.allocate(8).putLong(number).array());
  }

  public Hash root(int size) {
    if (size == 0) {
      return emptyRoot;
    }
    MerkleFrontier tree = new MerkleFrontier();
    TreeHasher hasher = new TreeHasher();
    signed.subList(0, size).forEach(digest -> tree.append(new Leaf(digest).hash(hasher)));
    return tree.root();
  }

  @Override
  public byte[] checkpoint(StatedLog log) throws IssuerUnavailableException {
    if (down) {
      throw new IssuerUnavailableException("down");
    }
    try {
      return new Checkpoint(ORIGIN, signed.size(), root(signed.size())).sign(key).bytes();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public RecordStream records(StatedLog log, long from) {
    throw new IllegalStateException("a record log's records are nobody's business");
  }

  @Override
  public byte[] entries(StatedLog log, long bundle, long size) {
    asked++;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    long end = Math.min(Math.min(size, given.size()), (bundle + 1) * 256);
    for (long at = bundle * 256; at < end; at++) {
      out.writeBytes(new Leaf(given.get((int) at)).entry());
    }
    return out.toByteArray();
  }

  @Override
  public byte[] proof(StatedLog log, long position) throws IssuerUnavailableException {
    throw new IssuerUnavailableException("nobody asks for one of a record log");
  }
}
