package dev.counterfoil.custodian.held;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The counterfoils of a closed segment when they are old: blocks of one tenant's records each,
 * deflated (RFC 1951) and encrypted with AES-256-GCM under the tenant's key of this segment. A
 * block is tenant number, length of its records and length of what follows, four bytes each, and
 * the ciphertext with its tag; its nonce is its offset in the file, which no key sees twice.
 *
 * <p>A crash leaves the records or the archive or both, and the index decides: it is replaced at
 * once, after the archive is durable, and the records are removed after that.
 *
 * @param segment whose counterfoils they are
 * @param keys of the log
 * @param blocks that were opened a moment ago
 */
record CustodyArchive(CustodySegment segment, ArchiveKeys keys, ArchiveBlocks blocks) {
  private static final int BLOCK_BYTES = 128 * 1024;
  private static final int HEAD_BYTES = 3 * Integer.BYTES;
  private static final int RECORDS_BYTES_MAX = BLOCK_BYTES + RecordItem.RECORD_BYTES_MAX;
  private static final int TAG_BITS = 128;

  /** Most bytes of records that wait for their blocks to be full. */
  private static final int OPEN_BYTES_MAX = 32 << 20;

  /** A tenant's records that are to become a block. */
  private static final class Block {
    private final ByteArrayOutputStream records = new ByteArrayOutputStream();
    private final List<Integer> places = new ArrayList<>();
  }

  /** Archives the segment. */
  void write(SecureRandom random) throws IOException {
    int places = segment.places();
    ByteBuffer old = segment.entries(places);
    HeldEntry[] entries = new HeldEntry[places];
    for (int place = 0; place < entries.length; place++) {
      entries[place] = HeldEntry.read(old);
    }
    if (!entries[0].isArchived()) {
      // What a crash left of an archive is of no use: no key is used for two.
      keys.forget(segment.number());
      Map<Integer, byte[]> tenantKeys =
          keys.make(segment.number(), segment.tenantCounts(places).keySet(), random);
      writeArchive(entries, tenantKeys);
      ByteBuffer index = ByteBuffer.allocate(entries.length * HeldEntry.BYTES);
      for (HeldEntry entry : entries) {
        entry.write(index);
      }
      CustodySegment.replace(segment.index(), index.array());
    }
    Files.deleteIfExists(segment.records());
  }

  private void writeArchive(HeldEntry[] entries, Map<Integer, byte[]> tenantKeys)
      throws IOException {
    Path fresh = segment.archive().resolveSibling(segment.archive().getFileName() + ".new");
    try (FileChannel in = FileChannel.open(segment.records(), StandardOpenOption.READ);
        FileChannel out =
            FileChannel.open(
                fresh,
                Set.of(
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rw-------")))) {
      Map<Integer, Block> open = new TreeMap<>();
      int openBytes = 0;
      for (int place = 0; place < entries.length; place++) {
        HeldEntry entry = entries[place];
        Block block = open.computeIfAbsent(entry.tenant(), tenant -> new Block());
        block.places.add(place);
        block.records.writeBytes(
            CustodySegment.readFully(in, entry.offset(), entry.length()).array());
        openBytes += entry.length();
        if (block.records.size() >= BLOCK_BYTES) {
          openBytes -= block.records.size();
          open.remove(entry.tenant());
          close(block, entry.tenant(), entries, tenantKeys, out);
        }
        if (openBytes > OPEN_BYTES_MAX) {
          openBytes = 0;
          closeAll(open, entries, tenantKeys, out);
        }
      }
      closeAll(open, entries, tenantKeys, out);
      out.force(true);
    }
    Files.move(
        fresh,
        segment.archive(),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private void closeAll(
      Map<Integer, Block> open,
      HeldEntry[] entries,
      Map<Integer, byte[]> tenantKeys,
      FileChannel out)
      throws IOException {
    for (Map.Entry<Integer, Block> left : open.entrySet()) {
      close(left.getValue(), left.getKey(), entries, tenantKeys, out);
    }
    open.clear();
  }

  private void close(
      Block block,
      int tenant,
      HeldEntry[] entries,
      Map<Integer, byte[]> tenantKeys,
      FileChannel out)
      throws IOException {
    long offset = out.position();
    byte[] records = block.records.toByteArray();
    byte[] key = tenantKeys.get(tenant);
    if (key == null) {
      throw new IOException("segment " + segment.number() + " has no key for a tenant of its own");
    }
    byte[] sealed = crypt(Cipher.ENCRYPT_MODE, key, offset, deflate(records));
    ByteBuffer bytes =
        ByteBuffer.allocate(HEAD_BYTES + sealed.length)
            .putInt(tenant)
            .putInt(records.length)
            .putInt(sealed.length)
            .put(sealed)
            .flip();
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
    int at = 0;
    for (int place : block.places) {
      HeldEntry entry = entries[place];
      entries[place] =
          new HeldEntry(
              entry.digest(),
              offset,
              entry.length(),
              entry.key(),
              tenant,
              entry.expiresAt(),
              at + 1);
      at += entry.length();
    }
  }

  /** The record of an entry; empty where its tenant's key was destroyed. */
  Optional<byte[]> record(HeldEntry entry) throws IOException {
    Optional<byte[]> key = keys.find(segment.number(), entry.tenant());
    ArchiveBlocks.Place place = new ArchiveBlocks.Place(segment.number(), entry.offset());
    if (key.isEmpty()) {
      blocks.forget(place);
      return Optional.empty();
    }
    Optional<byte[]> known = blocks.find(place);
    byte[] records = known.isPresent() ? known.get() : open(key.get(), entry.offset());
    if (known.isEmpty()) {
      blocks.remember(place, records);
    }
    int at = entry.inBlock() - 1;
    if (at < 0 || entry.length() < 0 || at > records.length - entry.length()) {
      throw new CustodyDamagedException("an entry of " + segment.archive() + " is damaged");
    }
    return Optional.of(Arrays.copyOfRange(records, at, at + entry.length()));
  }

  private byte[] open(byte[] key, long offset) throws IOException {
    if (offset < 0) {
      throw new CustodyDamagedException("an entry of " + segment.archive() + " is damaged");
    }
    try (FileChannel channel = FileChannel.open(segment.archive(), StandardOpenOption.READ)) {
      ByteBuffer head = CustodySegment.readFully(channel, offset, HEAD_BYTES);
      head.getInt();
      int length = head.getInt();
      int sealedLength = head.getInt();
      if (length < 0
          || length > RECORDS_BYTES_MAX
          || sealedLength < 0
          || sealedLength > 2 * RECORDS_BYTES_MAX) {
        throw new CustodyDamagedException("a block of " + segment.archive() + " is damaged");
      }
      byte[] sealed = CustodySegment.readFully(channel, offset + HEAD_BYTES, sealedLength).array();
      return inflate(crypt(Cipher.DECRYPT_MODE, key, offset, sealed), length);
    }
  }

  private byte[] crypt(int mode, byte[] key, long offset, byte[] input) throws IOException {
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      byte[] nonce = ByteBuffer.allocate(12).putInt(0).putLong(offset).array();
      cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
      cipher.updateAAD(ByteBuffer.allocate(Long.BYTES).putLong(segment.number()).array());
      return cipher.doFinal(input);
    } catch (GeneralSecurityException e) {
      throw new CustodyDamagedException(
          "a block of " + segment.archive() + " cannot be read or written", e);
    }
  }

  private static byte[] deflate(byte[] records) {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    try {
      deflater.setInput(records);
      deflater.finish();
      ByteArrayOutputStream out = new ByteArrayOutputStream(records.length / 2);
      byte[] piece = new byte[16 * 1024];
      while (!deflater.finished()) {
        out.write(piece, 0, deflater.deflate(piece));
      }
      return out.toByteArray();
    } finally {
      deflater.end();
    }
  }

  private byte[] inflate(byte[] deflated, int length) throws IOException {
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(deflated);
      byte[] records = new byte[length];
      int at = 0;
      while (at < length && !inflater.finished()) {
        int read = inflater.inflate(records, at, length - at);
        if (read == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
          break;
        }
        at += read;
      }
      if (at != length) {
        throw new CustodyDamagedException("a block of " + segment.archive() + " is damaged");
      }
      return records;
    } catch (DataFormatException e) {
      throw new CustodyDamagedException("a block of " + segment.archive() + " is damaged", e);
    } finally {
      inflater.end();
    }
  }
}
