package dev.counterfoil.benchmarks;

import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.record.Counterfoil;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * A finished log of small counterfoils, each with a leaf of its own.
 *
 * @param folder with {@code journal} and {@code public} in it
 * @param key the log's
 * @param size how many entries it has
 */
record AuditedLog(Path folder, NoteKey key, long size) {
  private static final int BATCH = 4096;
  private static final int SIGNING_INPUT_BYTES = 64;

  static AuditedLog write(Path folder, int entries) throws IOException, GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    NoteKey key = NoteKey.of("127.0.0.1/logs/s1g1", pair.getPublic());
    AuditedLog written = new AuditedLog(folder, key, entries);
    try (Log log =
        Log.open(
            FileDisk.privateFolder(written.journal()),
            FileDisk.publicFolder(written.published()),
            JournalOptions.TOKENS,
            signer(key, pair),
            InstantSource.system(),
            new SecureRandom())) {
      while (log.tree().size() < entries) {
        int count = (int) Math.min(BATCH, entries - log.tree().size());
        List<Submission> waiting = Collections.nCopies(count, new Entry());
        log.housekeep();
        log.sequence(waiting);
      }
      log.checkpoint();
    }
    return written;
  }

  Path journal() {
    return folder.resolve("journal");
  }

  Path published() {
    return folder.resolve("public");
  }

  Leaf leaf(long position) {
    return Leaf.of(signingInput(position));
  }

  private static byte[] signingInput(long position) {
    return ByteBuffer.allocate(SIGNING_INPUT_BYTES).putLong(position).array();
  }

  private static NoteSigner signer(NoteKey key, KeyPair pair) {
    return new NoteSigner() {
      @Override
      public NoteKey key() {
        return key;
      }

      @Override
      public byte[] sign(byte[] text) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(pair.getPrivate());
        signature.update(text);
        return signature.sign();
      }
    };
  }

  private static final class Entry implements Submission {
    private final byte[] salt = new byte[TokenId.SALT_BYTES];
    private final byte[] context = new byte[0];

    @Override
    public Optional<Counterfoil> compose(long position, long timeMillis) {
      return Optional.of(
          new Counterfoil(position, timeMillis, signingInput(position), salt, context));
    }

    @Override
    public void recorded(long position) {}

    @Override
    public void refused(Refusal refusal) {
      throw new IllegalStateException("the log refused an entry: " + refusal);
    }

    @Override
    public void failed(Throwable cause) {
      throw new IllegalStateException("the log failed", cause);
    }
  }
}
