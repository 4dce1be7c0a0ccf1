package bikes;

/** One repair: its number, whose bicycle it is, and what is wrong with it. */
record Repair(String id, String customer, String fault) {
  String text() {
    return id + " " + customer + " " + fault;
  }

  static Repair of(String text) {
    String[] words = text.trim().split(" ");
    return new Repair(words[0], words[1], words[2]);
  }
}
