package dev.counterfoil.monitor.auditlog;

import dev.counterfoil.audit.names.SourceStream;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What detection rules know of earlier events, on disk from one start to the next. A crash leaves
 * the state before or the one after. It has values of events in plain, as the memory of the process
 * does.
 */
final class RuleStateFile {
  private static final String NAME = "rules.state";
  private static final String FORMAT = "counterfoil rules state 1";
  private static final int BYTES_MAX = 1 << 29;
  private static final int DIGEST_BYTES = 32;

  private final Disk disk;

  /**
   * How far a stream was looked at.
   *
   * @param number of its last event
   * @param isDomains whether the source speaks for its whole domain
   */
  record Heard(long number, boolean isDomains) {}

  /**
   * A state.
   *
   * @param position events of the audit log below were looked at
   * @param savedMillis when it was kept
   * @param streams the one that was heard last is the last
   * @param people what {@link ActorCount} knows
   * @param engines of each domain
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record State(
      long position,
      long savedMillis,
      Map<SourceStream, Heard> streams,
      byte[] people,
      Map<String, byte[]> engines) {}

  RuleStateFile(Path folder) throws IOException {
    disk = FileDisk.privateFolder(folder);
  }

  void write(State state) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeUTF(FORMAT);
    out.writeLong(state.position());
    out.writeLong(state.savedMillis());
    out.writeInt(state.streams().size());
    for (Map.Entry<SourceStream, Heard> one : state.streams().entrySet()) {
      out.writeUTF(one.getKey().source());
      out.writeUTF(one.getKey().log());
      out.writeLong(one.getValue().number());
      out.writeBoolean(one.getValue().isDomains());
    }
    out.writeInt(state.people().length);
    out.write(state.people());
    out.writeInt(state.engines().size());
    for (Map.Entry<String, byte[]> one : state.engines().entrySet()) {
      out.writeUTF(one.getKey());
      out.writeInt(one.getValue().length);
      out.write(one.getValue());
    }
    out.write(Hash.sha256(bytes.toByteArray()).bytes());
    disk.replace(NAME, bytes.toByteArray());
  }

  /**
   * The state that was kept last; empty where there is none.
   *
   * @throws IOException also when it is damaged, or of another version
   */
  Optional<State> read() throws IOException {
    byte[] all;
    try {
      all = disk.read(NAME, BYTES_MAX);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    int length = all.length - DIGEST_BYTES;
    if (length < 0
        || !Arrays.equals(
            Hash.sha256(Arrays.copyOf(all, length)).bytes(),
            Arrays.copyOfRange(all, length, all.length))) {
      throw new IOException("it is damaged");
    }
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(all, 0, length));
    if (!in.readUTF().equals(FORMAT)) {
      throw new IOException("another version wrote it");
    }
    long position = in.readLong();
    long savedMillis = in.readLong();
    Map<SourceStream, Heard> streams = new LinkedHashMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      streams.put(
          new SourceStream(in.readUTF(), in.readUTF()), new Heard(in.readLong(), in.readBoolean()));
    }
    byte[] people = in.readNBytes(in.readInt());
    Map<String, byte[]> engines = new LinkedHashMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      engines.put(in.readUTF(), in.readNBytes(in.readInt()));
    }
    return Optional.of(new State(position, savedMillis, streams, people, engines));
  }
}
