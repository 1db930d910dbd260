package dev.counterfoil.http.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Requests whose body is no sound chunks, for a route of any listener that reads bodies. What
 * counts is how many answers one request gets: a second one means that a part of a body was taken
 * for a request, which is how requests are smuggled past a proxy.
 *
 * @param port of the listener on this host
 * @param head request line and headers of a request that is read to its end, without those of its
 *     body's length
 * @param body that such a request may have
 * @param expected its status
 */
public record HostileRequests(int port, String head, String body, int expected) {
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");

  /** Longer than an answer takes, and as long as a connection that is kept is watched. */
  private static final int QUIET_MS = 2_500;

  private static final String SMUGGLED = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";

  /**
   * What came back.
   *
   * @param statuses of all answers
   * @param text all of it
   * @param ended whether the server ended the connection
   */
  public record Answers(List<Integer> statuses, String text, boolean ended) {}

  /** Sends bytes and reads until the server ends the connection, or says no more. */
  public Answers exchange(String request) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    boolean ended = true;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(QUIET_MS);
      OutputStream out = socket.getOutputStream();
      out.write(request.getBytes(StandardCharsets.ISO_8859_1));
      InputStream in = socket.getInputStream();
      byte[] buffer = new byte[8192];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        all.write(buffer, 0, count);
      }
    } catch (SocketTimeoutException e) {
      ended = false;
    } catch (SocketException e) {
      // Reset: ended as well.
    }
    String text = all.toString(StandardCharsets.ISO_8859_1);
    List<Integer> statuses = new ArrayList<>();
    for (Matcher matcher = STATUS.matcher(text); matcher.find(); ) {
      statuses.add(Integer.valueOf(matcher.group(1)));
    }
    return new Answers(statuses, text, ended);
  }

  private String chunked(String chunks) {
    return head + "Transfer-Encoding: chunked\r\n\r\n" + chunks;
  }

  private String chunk(String sizeLine) {
    return sizeLine + "\r\n" + body + "\r\n0\r\n\r\n";
  }

  private String size() {
    return Integer.toHexString(body.length());
  }

  /** Bodies that no server may read, each by what is wrong with it. */
  public Map<String, String> unsound() {
    String size = size();
    Map<String, String> all = new LinkedHashMap<>();
    all.put("no number", chunk("zz"));
    all.put("plus sign", chunk("+" + size));
    all.put("minus sign", chunk("-" + size));
    all.put("prefix", chunk("0x" + size));
    all.put("space before", chunk(" " + size));
    all.put("space behind", chunk(size + " "));
    all.put("nothing", chunk(""));
    all.put("too many digits", chunk("000000000" + size));
    all.put("too long a line", chunk(size + ";" + "a".repeat(5_000)));
    all.put("control character in an extension", chunk(size + ";a\u0001"));
    all.put("a line feed alone", size + "\n" + body + "\r\n0\r\n\r\n");
    all.put("data longer than its size", size + "\r\n" + body + "xx\r\n0\r\n\r\n");
    all.put("trailer", size + "\r\n" + body + "\r\n0\r\nX-Trailer: 1\r\n\r\n");
    all.put("trailer without a colon", size + "\r\n" + body + "\r\n0\r\nGET / HTTP/1.1\r\n\r\n");
    all.put("size, then a request", "zz\r\n0\r\n\r\n");
    return all;
  }

  /** Each is refused once, and its connection ends. */
  public void assertRefusedOnce() throws IOException {
    for (Map.Entry<String, String> one : unsound().entrySet()) {
      Answers answers = exchange(chunked(one.getValue()) + SMUGGLED);
      assertThat(answers.statuses()).as(one.getKey() + ": " + answers.text()).containsExactly(400);
      assertThat(answers.ended()).as(one.getKey()).isTrue();
      assertThat(answers.text())
          .as(one.getKey())
          .contains("Connection: close")
          .doesNotContain("Exception")
          .doesNotContain("\tat ");
    }
    Answers both =
        exchange(
            head
                + "Transfer-Encoding: chunked\r\nContent-Length: "
                + chunk(size()).length()
                + "\r\n\r\n"
                + chunk(size())
                + SMUGGLED);
    assertThat(both.statuses()).as(both.text()).containsExactly(400);
    assertThat(both.ended()).isTrue();
  }

  /** Sound bodies are read to their end, also with extensions, and the connection goes on. */
  public void assertSoundIsServed() throws IOException {
    String last = body.substring(body.length() - 1);
    String first = body.substring(0, body.length() - 1);
    Map<String, String> sound = new LinkedHashMap<>();
    sound.put("one chunk", chunk(size()));
    sound.put("capitals and zeros", chunk("00" + size().toUpperCase(Locale.ROOT)));
    sound.put("an extension", chunk(size() + ";signature=abc"));
    sound.put("an extension behind a space", chunk(size() + " ; name=\"a b\""));
    sound.put(
        "two chunks",
        Integer.toHexString(first.length())
            + ";n=1\r\n"
            + first
            + "\r\n1;n=2\r\n"
            + last
            + "\r\n0;n=3\r\n\r\n");
    for (Map.Entry<String, String> one : sound.entrySet()) {
      Answers answers = exchange(chunked(one.getValue()) + SMUGGLED);
      assertThat(answers.statuses())
          .as(one.getKey() + ": " + answers.text())
          .containsExactly(expected, 200);
      assertThat(answers.ended()).as(one.getKey()).isFalse();
    }
  }

  /** What looks like the end of the body and a request, inside of a chunk, is its data. */
  public void assertDataIsNoRequest(int refused) throws IOException {
    String data = "0\r\n\r\n" + SMUGGLED;
    String request =
        chunked(Integer.toHexString(data.length()) + ";x\r\n" + data + "\r\n0\r\n\r\n");
    Answers answers = exchange(request);
    assertThat(answers.statuses()).as(answers.text()).containsExactly(refused);
  }

  /** Two thousand of them say little in the process's log. */
  public void assertLittleIsLogged() throws IOException {
    Logged logged = new Logged();
    try (logged) {
      List<String> bodies = List.copyOf(unsound().values());
      for (int i = 0; i < 2_000; i++) {
        exchange(chunked(bodies.get(i % bodies.size())));
      }
    }
    assertThat(logged.text()).hasSizeLessThan(20_000);
  }

  /** What this process writes into its log, until it is closed. */
  public static final class Logged extends Handler implements AutoCloseable {
    private final SimpleFormatter lines = new SimpleFormatter();
    private final StringBuilder logged = new StringBuilder();

    public Logged() {
      Logger.getLogger("").addHandler(this);
    }

    @Override
    public synchronized void publish(LogRecord line) {
      logged.append(lines.format(line));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      Logger.getLogger("").removeHandler(this);
    }

    public synchronized String text() {
      return logged.toString();
    }
  }

  /** HTTP/1.0 is refused with what is wrong and what to set. */
  public void assertOldVersionIsExplained() throws IOException {
    Answers answers = exchange("GET /health/live HTTP/1.0\r\nHost: x\r\n\r\n");
    assertThat(answers.statuses()).containsExactly(505);
    assertThat(answers.text()).contains("HTTP/1.1").contains("proxy_http_version 1.1");
    assertThat(answers.ended()).isTrue();
  }
}
