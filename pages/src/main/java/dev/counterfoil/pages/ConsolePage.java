package dev.counterfoil.pages;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A page of the console: one sentence that says what is true, and blocks below it. Every page is
 * made of the same few blocks, so that all of them are seen in every theme, width and language.
 *
 * @param place which of the pages it is, or the one that it belongs to
 * @param title its heading
 * @param who who looks
 * @param done what was just done
 * @param problem what did not work
 * @param json where the same is as JSON
 * @param blocks in order
 */
public record ConsolePage(
    Place place,
    String title,
    Who who,
    Optional<String> done,
    Optional<String> problem,
    String json,
    List<Block> blocks) {
  public ConsolePage {
    blocks = List.copyOf(blocks);
  }

  /** The pages that are always at hand. */
  public enum Place {
    OVERVIEW("/", "console.overview"),
    INCIDENTS("/incidents", "console.incidents"),
    FINDINGS("/findings", "console.findings"),
    NOTICES("/notices", "console.notices"),
    DESK("/desk", "console.desk"),
    CONTAINMENT("/containment", "console.containment"),
    KEYS("/keys", "console.all-keys"),
    LOOK_UP("/look-up", "console.look-up");

    private final String path;
    private final String key;

    Place(String path, String key) {
      this.path = path;
      this.key = key;
    }

    /** Where it lies. */
    public String path() {
      return path;
    }

    /** The name of its title's text. */
    public String key() {
      return key;
    }
  }

  /**
   * Who looks.
   *
   * @param name of the person
   * @param role whose people they are, for people
   * @param hidden fields that make a form ours
   * @param places what they may open
   */
  public record Who(String name, String role, Map<String, String> hidden, List<Place> places) {
    public Who {
      hidden = Map.copyOf(hidden);
      places = List.copyOf(places);
    }
  }

  /** What a text is, and so how it looks. A state is a word in a tag, never a colour alone. */
  public enum Look {
    PLAIN(""),
    STRONG("strong"),
    SOFT("soft small"),
    /** An identifier: shortened in the middle, and copied whole. */
    ID("id"),
    /** A time in UTC, to the millisecond. */
    TIME("time"),
    NUMBER("number"),
    TAG("tag"),
    OK("tag ok"),
    BAD("tag bad"),
    WARN("tag warn");

    private final String style;

    Look(String style) {
      this.style = style;
    }

    /** Its classes. */
    public String style() {
      return style;
    }
  }

  /**
   * A text in its place.
   *
   * @param text as it is
   * @param look what it is
   * @param href where it leads, below the console; empty for nowhere
   */
  public record Cell(String text, Look look, Optional<String> href) {
    private static final int SHOWN_MAX = 20;
    private static final int END = 8;

    public static Cell of(Look look, String text) {
      return new Cell(text, look, Optional.empty());
    }

    /** The same as a link. */
    public Cell to(String where) {
      return new Cell(text, look, Optional.of(where));
    }

    private boolean isLong() {
      return look == Look.ID && text.length() > SHOWN_MAX;
    }

    /** What is shown in front of the middle. */
    public String begin() {
      return isLong() ? text.substring(0, END) : text;
    }

    /** What is copied and not shown; may be empty. */
    public String middle() {
      return isLong() ? text.substring(END, text.length() - END) : "";
    }

    /** What is shown behind it; may be empty. */
    public String end() {
      return isLong() ? text.substring(text.length() - END) : "";
    }
  }

  /** A part of a page. */
  public sealed interface Block permits Say, Figures, Rows, Facts, Points, Text, Tree, Ask {}

  /**
   * What is true, in one sentence.
   *
   * @param tags states beside it
   */
  public record Say(String sentence, List<Cell> tags) implements Block {}

  /** Numbers. */
  public record Figures(List<Figure> all) implements Block {}

  /**
   * A number.
   *
   * @param note its bound or unit; may be empty
   */
  public record Figure(String label, String value, String note) {}

  /**
   * A table.
   *
   * @param empty what is said where there are no rows
   * @param more a link to what comes next
   */
  public record Rows(
      String id,
      String heading,
      List<String> columns,
      List<List<List<Cell>>> rows,
      String empty,
      Optional<Cell> more)
      implements Block {}

  /** What is known of one thing. */
  public record Facts(String id, String heading, List<Fact> all) implements Block {}

  /** One of them. */
  public record Fact(String label, List<Cell> cells) {}

  /** Sentences, one below the other. */
  public record Points(String id, String heading, List<String> all) implements Block {}

  /** A document as it is read, its lines kept. */
  public record Text(String id, String heading, String text) implements Block {}

  /** What comes from what. */
  public record Tree(String id, String heading, List<Node> roots) implements Block {}

  /**
   * One of it, with what comes from it.
   *
   * @param label what it is
   */
  public record Node(String label, List<Cell> cells, List<Node> below) {
    public Node {
      cells = List.copyOf(cells);
      below = List.copyOf(below);
    }
  }

  /**
   * A form.
   *
   * @param action where it goes, below the console
   */
  public record Ask(String id, String heading, String action, List<Field> fields, Button button)
      implements Block {}

  /**
   * A field.
   *
   * @param options values and their texts, for one that is chosen; empty for a text
   * @param problem what is wrong with it
   */
  public record Field(
      String name,
      String label,
      String help,
      String value,
      Map<String, String> options,
      Optional<String> problem) {
    /** A field for a text. */
    public static Field text(String name, String label, String help, String value) {
      return new Field(name, label, help, value, Map.of(), Optional.empty());
    }
  }

  /** What a form does. */
  public record Button(String text, String name, String value, boolean isPrimary) {}
}
