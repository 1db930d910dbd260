package dev.counterfoil.cli.command;

import dev.counterfoil.format.bytes.Hash;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/** Digests from a file or standard input: in hexadecimal as sha256sum prints them, or tokens. */
public final class DigestLines implements AutoCloseable {
  /** Longest line, in characters. */
  static final int LINE_MAX = 64 * 1024;

  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

  private final String name;
  private final boolean tokens;
  private final BufferedReader lines;
  private long number;

  /**
   * Opens a file.
   *
   * @param name of the file, or {@code -} for standard input
   * @param tokens whether each line is a compact JWS, and not a digest
   */
  public DigestLines(String name, boolean tokens) {
    this(name, tokens, false);
  }

  /**
   * The same of a file or named pipe that others go on writing to.
   *
   * @param follow whether {@link #next} waits at the end of a file for more; standard input ends
   */
  public DigestLines(String name, boolean tokens, boolean follow) {
    this.name = name;
    this.tokens = tokens;
    try {
      InputStream in = name.equals("-") ? System.in : new FileInputStream(name);
      in = follow && !name.equals("-") ? new Growing(in) : in;
      this.lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw CommandFailure.environment(
          "cannot read " + name + ": there is no such file, or it is not readable");
    }
  }

  /** Whether the next line is on its way, so that {@link #next} does not wait for its writer. */
  public boolean isReady() {
    try {
      return lines.ready();
    } catch (IOException e) {
      return false;
    }
  }

  /** The next digest; empty at the end. Empty lines are passed over. */
  public Optional<Hash> next() {
    while (true) {
      Optional<String> line = line();
      if (line.isEmpty()) {
        return Optional.empty();
      }
      String text = line.get().strip();
      if (!text.isEmpty()) {
        return Optional.of(tokens ? ofToken(text) : ofHex(text));
      }
    }
  }

  private Optional<String> line() {
    try {
      StringBuilder line = new StringBuilder();
      int next = lines.read();
      if (next < 0) {
        return Optional.empty();
      }
      number++;
      while (next >= 0 && next != '\n') {
        // Of a line that is longer the rest is read too: it is no line of its own.
        if (line.length() <= LINE_MAX) {
          line.append((char) next);
        }
        next = lines.read();
      }
      if (line.length() > LINE_MAX) {
        throw refused("is longer than " + LINE_MAX + " characters");
      }
      return Optional.of(line.toString());
    } catch (IOException e) {
      throw CommandFailure.environment("reading " + name + " failed: " + e.getMessage());
    }
  }

  private Hash ofHex(String line) {
    // What follows is the file's name in the output of sha256sum.
    String hex = line.split("\\s", 2)[0];
    if (!DIGEST.matcher(hex).matches()) {
      throw refused("does not begin with a SHA-256 digest of 64 lowercase hexadecimal digits");
    }
    return Hash.of(HexFormat.of().parseHex(hex));
  }

  /** The digest of a token's signing input, which is all before its last dot (RFC 7515 5.1). */
  private Hash ofToken(String line) {
    int first = line.indexOf('.');
    int last = line.lastIndexOf('.');
    if (first < 1 || last <= first + 1 || line.indexOf('.', first + 1) != last) {
      throw refused("is not a compact JWS of three parts");
    }
    return Hash.sha256(line.substring(0, last).getBytes(StandardCharsets.US_ASCII));
  }

  private BadLineException refused(String why) {
    return new BadLineException("line " + number + " of " + name + " " + why);
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }

  /** A line is no digest. Those after it can be read. */
  public static final class BadLineException extends CommandFailure {
    private static final long serialVersionUID = 1L;

    private BadLineException(String message) {
      super(ExitCode.ENVIRONMENT, message);
    }
  }

  /** A file that grows, or a pipe whose writers come and go: its end is not the end. */
  private static final class Growing extends FilterInputStream {
    private static final Duration PAUSE = Duration.ofMillis(50);

    Growing(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] into, int from, int most) throws IOException {
      while (true) {
        int count = super.read(into, from, most);
        if (count >= 0) {
          return count;
        }
        try {
          Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("interrupted");
        }
      }
    }
  }
}
