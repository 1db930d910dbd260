package dev.counterfoil.custodian.held;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.tree.Tile;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A tile or bundle in a folder as c2sp.org/tlog-tiles has it, to be given out in pieces: whoever
 * takes long over it holds neither memory nor a file. It is written once and not changed.
 *
 * @param path where it lies
 * @param length bytes of it that are given
 */
public record HeldFile(Path path, long length) {
  private static final int PIECE_BYTES = 32 << 10;

  /** Finds one; a partial one whose file is gone is how the whole one begins. */
  public static Optional<HeldFile> find(Path folder, Tile tile) throws IOException {
    Path own = folder.resolve(tile.path());
    if (Files.isRegularFile(own)) {
      return Optional.of(new HeldFile(own, Files.size(own)));
    }
    Path whole = folder.resolve(new Tile(tile.level(), tile.index(), Tile.FULL_WIDTH).path());
    return tile.isPartial() && Files.isRegularFile(whole)
        ? Optional.of(new HeldFile(whole, lengthOfBegin(whole, tile)))
        : Optional.empty();
  }

  private static long lengthOfBegin(Path whole, Tile tile) throws IOException {
    if (tile.level() != Tile.ENTRIES) {
      return (long) tile.width() * Hash.BYTES;
    }
    long length = 0;
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(whole)))) {
      for (int i = 0; i < tile.width(); i++) {
        int entry = in.readUnsignedShort();
        in.skipNBytes(entry);
        length += Short.BYTES + entry;
      }
    }
    return length;
  }

  /** All of it, of a file that is known to be short. */
  public byte[] whole() throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return in.readNBytes(Math.toIntExact(length));
    }
  }

  /** The bytes from a place on, some of them; it is opened for them alone. */
  public byte[] piece(long from) throws IOException {
    ByteBuffer piece = ByteBuffer.allocate((int) Math.min(PIECE_BYTES, length - from));
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      while (piece.hasRemaining()) {
        if (file.read(piece, from + piece.position()) < 0) {
          throw new EOFException(path + " ends before it was given out");
        }
      }
    }
    return piece.array();
  }
}
