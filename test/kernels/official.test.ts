import { testGroup } from "./suite";

testGroup("official");
