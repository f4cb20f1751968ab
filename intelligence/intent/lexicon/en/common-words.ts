/** Everyday words that are neither names nor class nouns, so that they are never taken for one. */
export const commonWords: ReadonlySet<string> = new Set(
  `a able about above accurate across actual actually add after afterwards again against ago all allow allowed almost alone along already also although always am
  amazing among amount an and another any anybody anyone anything anyway app apply are around as ask at available away awesome baby back bad basic be beautiful because become been
  before behind being believe below beside besides best better between big bigger bit black blog blue both bright bring brown budget business but buy by call called came can cannot
  capture car card care careful case cause certain change cheap cheaper check choose clean clear clearly click close cloud code cold collect collected collection color colors colour
  colours come coming common company complete completely computer concept consistent content control convert cool copy correct cost cost-effective could couple create created creating creation
  creative current custom customer cute daily dark data dataset day days deal dear decent deep default definitely deliver depict design desktop detail detailed details device did different
  difficult digital direct do does doing don't done dont down download draw drawing drawings drawn drive due during each early easily easy edit effect either else embed emphasis end enough ensure
  entire especially etc even ever every everyone everything exact exactly example examples except exist expect expensive experiment expression extra face fact fairly familiar
  fantastic far fast faster favorite favourite features feel few field figure file files final finally find fine finetune finetuning finish first fit fix fixed focus focused folder follow following
  for format forward found four free fresh friendly from front full fun funny further future game gave gen generate generated generating generation generator get gets getting gift give given gives giving
  glad go goal goes going gone good got grab gray great green grey group guess had half hand handle happen happy hard has have having he hello help helpful her here hey hi high
  higher him his hobby hold home hope hours how however huge human i i'd i'll i'm i've idea ideal if image images imagine important improve in include included including indoor
  inside inspired instead interesting into is isn't it it's item its itself job just keep keeping kept kind kinda know known large larger last late later latest learn learned
  learning learns least leave left less let let's level life light like liked likely limit limited line list little live load local long longer look looked looking looks lot lots
  love lovely low lower machine made main mainly make makes making many mark match matter matters max maximum may maybe me mean means media memory might mind mine minimal minimum minute minutes
  mode model models modern moment money month monthly more most mostly move much multiple must my myself name named names natural near nearly need needed needs never new next nice night no
  none nope normal normally not note nothing now number of off often oh ok okay old older on once one ones online only open option or orange order original other others our out output
  outdoor outside over own page paint painted painting paintings part particular parts past people per perfect perfectly perhaps period person personal phone photo photograph photographed photographs photography
  photos pic pick pics picture pictures pink pipeline place plan play playing please pls plus plz point possible post posts power prefer preferably pretty previous price print private probably problem process produce
  product profile project prompt proper properly public pull purple purpose put quality quick quickly quite random rank rare rate rather raw reach read ready real really reason reasonable recent
  recognize recognizable red reference regular related release render repeat replace reproduce request require resolution rest result results right robust run running said same sample save say
  scene school search second seconds see seem seen select selfies send series serious set setting settings several shall shape share she shoot shooting short shot shots should show shown shows side similar
  simple simply since single site size sketch skip slow slowly small smaller so social some somebody someone something sometimes somewhat soon sort special specific speed spend standard
  start started step steps still stop store stuff style styles subject such suggest super sure take taken takes taking talk target teach team tell test text than thank thanks that the their them then there
  these they thing things think this those though three through throughout time times tiny to today together tomorrow tonight too took top total toward towards train trained trainer training trains transform
  tried try trying turn turned tuning tv two type under understand unique unless until up update upload uploaded upon us usable use used useful user uses using usual usually various vary version very via video view
  wait walk want wanted wants was watch way we web website week well went were what whatever when where whether which while white who whole why wide will wish with within without woman
  won't wonderful work worked working works world worry would write wrong year years yellow yes yesterday yet you young your yours zero
  someone's sitting sleeping standing wearing eating jumping smiling laughing attached uploaded photographed posing dancing lying named hair fur eyes ears tail nose
  orange ginger fluffy-haired striped spotted fat chubby lazy grumpy playful sleepy adorable rescue stray adopted elderly handsome lovely gorgeous
  fully partially basically literally simply hopefully ideally kindly currently recently soon
  brand portfolio sketchbook shop instagram insta etsy tiktok youtube channel client clients studio newsletter wedding birthday christmas holiday vacation trip travel
  store comics drawings selfies masterpiece hometown neighborhood backyard apartment team band startup boss job career life heart mind soul opinion request question knowledge skill skills laptop
  desktop gpu gpus vram ram card disk machine server cluster budget limit deadline time idea plan goal task work workflow process pipeline prompt prompts settings parameters config
  built made gave given left bought sewed sent sold told took taken wrote written drew drawn kept held found got gotten had did done said went gone came saw seen brought taught caught
  grew grown threw knew flew rode ran sat stood slept ate drank wore broke chose fell felt fought forgot hid hit hurt knelt laid led lent let lost meant met paid put read rang rose sang
  shook shot shut sank slid spoke spent spun stole stuck struck swam swept swore tore thought woke won wound wants needs likes loves hates sleeps looks runs sits plays eats lives works
  goes comes keeps makes gets gives takes uses helps feels seems means says thinks knows wanna gonna gotta lemme kinda sorta
  lol lmao haha hehe omg tbh btw thx ty xoxo imo idk rn fyi ofc jk smh hmm umm yay wow ugh meh btw lmk iirc afaik tl dr`
    .split(/\s+/)
    .filter((word) => word !== ''),
)
