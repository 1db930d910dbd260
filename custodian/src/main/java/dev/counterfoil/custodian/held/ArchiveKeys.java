package dev.counterfoil.custodian.held;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The keys of a log's archives: a file for each segment, in a folder of its own that is left out of
 * backups, with a slot of 36 bytes for each tenant: its number and a random key. To shred is to
 * overwrite a slot's key with zeros, in its place on the disk. Read at every use, so that a slot
 * that another process overwrote is of no use at once.
 */
final class ArchiveKeys {
  /** Name of the folder. */
  static final String FOLDER = "keys";

  private static final int KEY_BYTES = 32;
  private static final int SLOT_BYTES = Integer.BYTES + KEY_BYTES;

  private final Path folder;

  ArchiveKeys(Path folder) {
    this.folder = folder;
  }

  private Path file(long segment) {
    return folder.resolve(String.format("%010d.keys", segment));
  }

  /** Makes the keys of a segment, durably; where there are some, they are used on. */
  Map<Integer, byte[]> make(long segment, Collection<Integer> tenants, SecureRandom random)
      throws IOException {
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    if (!Files.exists(file(segment))) {
      ByteBuffer slots = ByteBuffer.allocate(tenants.size() * SLOT_BYTES);
      byte[] key = new byte[KEY_BYTES];
      for (int tenant : tenants) {
        random.nextBytes(key);
        slots.putInt(tenant).put(key);
      }
      CustodySegment.replace(file(segment), slots.array());
    }
    Map<Integer, byte[]> keys = new LinkedHashMap<>();
    ByteBuffer slots = slots(segment);
    while (slots.hasRemaining()) {
      int tenant = slots.getInt();
      byte[] key = new byte[KEY_BYTES];
      slots.get(key);
      keys.put(tenant, key);
    }
    return keys;
  }

  /** The key of a tenant; empty where it was shredded. */
  Optional<byte[]> find(long segment, int tenant) throws IOException {
    ByteBuffer slots = slots(segment);
    for (int at = 0; at < slots.limit(); at += SLOT_BYTES) {
      if (slots.getInt(at) == tenant) {
        byte[] key = new byte[KEY_BYTES];
        slots.get(at + Integer.BYTES, key);
        return isShredded(key) ? Optional.empty() : Optional.of(key);
      }
    }
    return Optional.empty();
  }

  private ByteBuffer slots(long segment) throws IOException {
    byte[] bytes = Files.readAllBytes(file(segment));
    if (bytes.length % SLOT_BYTES != 0) {
      throw new CustodyDamagedException("key file " + file(segment) + " is damaged");
    }
    return ByteBuffer.wrap(bytes);
  }

  private static boolean isShredded(byte[] key) {
    for (byte b : key) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  /** Destroys a tenant's key of a segment. */
  void shred(long segment, int tenant) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file(segment), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer number = ByteBuffer.allocate(Integer.BYTES);
      for (long at = 0; at < channel.size(); at += SLOT_BYTES) {
        number.clear();
        if (channel.read(number, at) == Integer.BYTES && number.getInt(0) == tenant) {
          channel.write(ByteBuffer.allocate(KEY_BYTES), at + Integer.BYTES);
        }
      }
      channel.force(true);
    }
  }

  /** Destroys all keys of a segment whose counterfoils are forgotten. */
  void forget(long segment) throws IOException {
    Files.deleteIfExists(file(segment));
  }
}
